# What all rules use: the typed config, the table of images, the sets, parameters and targets.
from pathlib import Path

from cytoforge.config.instances import models_used
from cytoforge.config.load import load_config, training_config
from cytoforge.config.set_graph import all_sets, folder_of_maps
from cytoforge.config.task import task_of
from cytoforge.errors import print_notices, told
from cytoforge.images.samples import read_samples
from cytoforge.jobs.staleness import code_version, module_version, room_versions
from cytoforge.references.own.classes import class_rows, read_classes
from cytoforge.report.render import templates_hash
from cytoforge.segmentation.label_columns import check_label_columns, of_what_is_found
from cytoforge.split.bands import check_light_of_set, is_cut
from cytoforge.segmentation.methods.pixels.scribble_columns import check_scribbles
from cytoforge.split.membership import images_in_split, split_columns
from cytoforge.synthesis.maps import own_maps


include: "engine.smk"
include: "gone.smk"
include: "requests.smk"


with told():
    open_results()
    NOTICES = []
    CONFIG = load_config(config)
    rows = read_samples(
        CONFIG.samples, CONFIG.images.channels, CONFIG.split.required_columns, NOTICES
    )
    # By name: the order of a table's rows is nobody's setting, so it makes nothing stale.
    SAMPLES = {one.name: one for one in sorted(rows, key=lambda one: one.name)}
    CONFIG = of_what_is_found(CONFIG, rows, NOTICES)
    TRAINING = {
        name: training_config(name, model) for name, model in CONFIG.models.items()
    }
    SETS = all_sets(CONFIG, {n: task_of(t).output for n, t in TRAINING.items()})
    # Models of which a set is made; others find instances, for segmentations.
    MAKERS = [name for name in CONFIG.models if name in SETS]
    MODEL_USED = models_used(CONFIG)
    OWN_MAPS = {
        name: own_maps(folder, f"sets.{name}.maps")
        for name in SETS
        if (folder := folder_of_maps(SETS, name)) is not None
    }
    check_light_of_set(CONFIG.images, is_cut(rows, CONFIG.split))
    check_label_columns(CONFIG.segmentations, SAMPLES, CONFIG.own_maps)
    CLASSES = {
        name: read_classes(one, f"references.{name}")
        for name, one in CONFIG.own_maps.items()
    }
    NETWORKS = {
        name: segmentation.model_files()
        for name, segmentation in CONFIG.segmentations.items()
    }
    SPLIT_IMAGES = images_in_split(SAMPLES.values(), CONFIG.split, CONFIG.seed)
    check_scribbles(CONFIG.segmentations, SAMPLES, SPLIT_IMAGES["train"])

if workflow.is_main_process:
    print_notices(NOTICES)


def scored_by(family, name):
    """Return whether a family of scores applies to what the set's model has learnt to make."""
    return family in task_of(TRAINING[SETS[name].model]).families


def of_real(name):
    block = SETS[name]
    return (block.maps if block.images_by else block.images) == "real"


MADE = [name for name, block in SETS.items() if block.model]
# Models that make images of label maps; what each makes of the test images is a set of its name.
GENERATORS = [name for name in MAKERS if scored_by("diversity", name)]
# Sets made of the real images or their label maps: each has a real one to be compared with.
SCORED = [name for name in MADE if of_real(name) and scored_by("fields", name)]
SCORED_LABELS = [
    name for name in MADE if of_real(name) and scored_by("agreement", name)
]
EXPORTED_TILES = [name for name, d in CONFIG.datasets.items() if d.export_pairs]
EXPORTED_MODELS = [name for name, m in CONFIG.models.items() if m.export]

register_gpus()
interrupt_on_hangup()


def one_of(names):
    return "|".join(names) or "(?!)"


wildcard_constraints:
    # Not all names joined: every path would be searched with them, a fifth of the planning of 4,000
    # images and growing with their square.
    image=r"[^/]+",
    segmentation=one_of(CONFIG.segmentations),
    reference=one_of(CONFIG.references),
    dataset=one_of(CONFIG.datasets),
    model=one_of(CONFIG.models),
    set=one_of(SETS),
    any_set=rf"(?:{one_of(SETS)})(?:\.regions)?",


def settings(section, *without):
    """Return a config section as plain values for `params:`, so that a change is noticed.

    Keys in `without` change nothing that the rule makes; neither does the order of blocks.
    """
    return in_order(section.model_dump(mode="json", exclude=set(without)))


def in_order(value):
    """Return plain values with the keys of every mapping sorted."""
    if isinstance(value, list):
        return [in_order(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: in_order(value[key]) for key in sorted(value)}


def code(script):
    """Return the hash of what a script really runs, for `params:`.

    Only who plans compares it: a cluster's jobs read the rules too, and hash nothing (1.4 s each).
    """
    if not workflow.is_main_process:
        return ""
    return code_version(f"workflow/scripts/{script}.py")


def model_code(part, model):
    """Return the hashes of what a model and its task run, which scripts load by name."""
    return [
        module_version("models", CONFIG.models[model].model, part),
        module_version("tasks", TRAINING[model].task),
        *plugin_contents("models", CONFIG.models[model].model),
    ]


def method_code(wildcards):
    """Return the hash of what a segmentation's own method runs, and what it may read."""
    method = CONFIG.segmentations[wildcards.segmentation].method
    model = MODEL_USED.get(wildcards.segmentation)
    return [
        module_version("segmentation", method, "segment"),
        *plugin_contents("segmentation", method),
        *(model_code("networks", model) if model else []),
    ]


def metrics_code():
    """Return the hash of each family of metrics by room and name."""
    rooms = ("pair_metrics", "set_metrics", "realism")
    return {room: room_versions(room) for room in rooms}


def for_images(pattern, images=tuple(SAMPLES), **wildcards):
    return expand(pattern, image=images, **wildcards)


def needed(section, key):
    """Return the names in `section` that a later block refers to by `key`."""
    return sorted({getattr(block, key) for block in section.values()})


def segmentations_in_use():
    """Return the names of the segmentations that label maps are made of."""
    return needed(CONFIG.rendered, "segmentation")


def final_outputs():
    return [
        "results/report/index.html",
        # Asked for here too: what reads them takes their tables, and a lost folder would go unseen.
        *expand("results/sets/{set}/fields", set=MADE),
        *gap_series(),
        *expand("results/tiles/{dataset}/export", dataset=EXPORTED_TILES),
        *expand("results/export/{model}", model=EXPORTED_MODELS),
    ]


def codes_of(reference):
    """Return the code table of a reference."""
    # Imported here: a dry run, and every job of a cluster, would wait for them otherwise.
    from cytoforge.references.codes import code_table
    from cytoforge.references.own.classes import class_codes

    if reference in CLASSES:
        return class_codes(CLASSES[reference])
    return code_table(CONFIG.references[reference])


def check_inputs_or_exit():
    """Leave with a message when a raw image is dated ahead of the clock, weights that choose are
    missing, a code to resample does not exist, or a user's label map is unusable."""
    from cytoforge.jobs.file_times import refuse_ahead
    from cytoforge.synthesis.label_maps import check_code_names, check_own_maps

    with told():
        for sample in SAMPLES.values():
            refuse_ahead(sample.files.values())
        check_weights()
        for name, block in SETS.items():
            if block.images_by:
                codes = codes_of(reference_of(block.images_by))
                check_code_names(block.resample, codes, f"sets.{name}.resample")
                check_own_maps(maps_from_folder(name), len(codes), codes)
