# What is asked for is checked before anything is planned.
import os

from cytoforge.config.targets import absolute_target, unknown_name, unknown_target
from cytoforge.images.header_channels import check_channels
from cytoforge.split.room import check_room

RULES = str(workflow.current_basedir)
# Targets that need no more than single images, which each job checks by itself.
OF_SINGLE_IMAGES = (
    "results/images/",
    "results/shading/",
    "results/segmentation/",
    "results/references/",
)


def check_target(name, is_rule):
    """Leave with a message where nothing makes what is asked for, or images cannot be used."""
    if not is_rule:
        path = os.path.relpath(name)
        made_by = rules_that_make(path)
        if os.path.isabs(name):
            raise absolute_target(name, path if made_by else None)
        if not made_by:
            known = rule_names(name), all_outputs(), WILDCARDS
            raise unknown_target(path, *known, is_made=rules_that_make)
        for rule, found in made_by:
            image = found.groupdict().get("image")
            # A workflow that takes this one as a module may have other images.
            if image and image not in SAMPLES and str(rule.snakefile).startswith(RULES):
                raise unknown_name(path, "image", image, list(SAMPLES), CONFIG.samples)
        if path.startswith(OF_SINGLE_IMAGES):
            return
    if name not in ("try_cluster", "try_gpu"):  # which need no image
        check_images()


def rules_that_make(path):
    """Return the rules of which a path is an output, each with what matches its wildcards."""
    return [
        (rule, found)
        for rule in workflow.rules
        for output in rule.products()
        if (found := output.match(path))
    ]


def rule_names(name):
    """Return the rules that may have been meant: those with wildcards are no targets, and can be
    named in `--forcerun`, `--until` and `--omit-from`."""
    asked = workflow.dag_settings
    any_rule = name in {*asked.forcerun, *asked.until, *asked.omit_from}
    return [one.name for one in workflow.rules if any_rule or not one.has_wildcards()]


def all_outputs():
    return [str(output) for rule in workflow.rules for output in rule.products()]


WILDCARDS = {
    "image": list(SAMPLES),
    "segmentation": list(CONFIG.segmentations),
    "reference": list(CONFIG.references),
    "dataset": list(CONFIG.datasets),
    "model": list(CONFIG.models),
    "benchmark": list(CONFIG.benchmarks),
    "set": list(SETS),
    "any_set": list(SETS),
    "utility": list(CONFIG.utility),
    "map_source": MAP_SOURCES,
}


def check_images():
    """Read the headers of raw images: whether they have the channels and hold a tile and a patch."""
    check_channels(SOURCES.values(), CONFIG.images.channels)
    used = {model.dataset for model in CONFIG.models.values()} | set(EXPORTED_TILES)
    used |= {block.real for block in CONFIG.utility.values()}
    sides, taken = {}, {}
    for name in sorted(used):
        dataset = CONFIG.datasets[name]
        if "real" in leaves(SETS, dataset.set):
            key = f"datasets.{name}.{'crop_px' if dataset.crop_px else 'tile_px'}"
            domains = DOMAINS.get(name) or UNPAIRED.get(name)
            both = domains.of.values() if domains else [PARTS[name]]
            sides[key], taken[key] = dataset.side_px, frozenset().union(*both)
    patch_px = CONFIG.metrics.patch_px if SCORED else None
    check_room(SOURCES.values(), CONFIG.split, CONFIG.seed, sides, patch_px, taken)


watch_targets(check_target)
