# What several rules share: the typed config, the table of images, and input functions.
from dataclasses import asdict, replace
from pathlib import Path

from cytoforge.clone import prefer_this_clone
from cytoforge.config.load import load_config, training_config
from cytoforge.devices import count_gpus
from cytoforge.errors import UserError
from cytoforge.images.samples import read_samples
from cytoforge.metrics.weight_files import weights_state
from cytoforge.report.templates_hash import templates_hash
from cytoforge.results_folder import require_writable
from cytoforge.staleness import code_version
from cytoforge.synthesis.maps import own_maps
from cytoforge.segmentation.cellpose_models import models_present
from cytoforge.segmentation.label_columns import check_label_columns, label_columns
from cytoforge.split.membership import images_in_split, split_columns

prefer_this_clone()

try:
    require_writable(Path("results"))
    CONFIG = load_config(config)
    SAMPLES = {
        sample.name: sample
        for sample in read_samples(
            CONFIG.samples, CONFIG.images.channels, CONFIG.split.required_columns
        )
    }
    TRAINING = {
        name: training_config(name, experiment)
        for name, experiment in CONFIG.experiments.items()
    }
    OWN_MAPS = {
        name: own_maps(experiment.synthesis.maps)
        for name, experiment in CONFIG.experiments.items()
        if experiment.synthesis.maps
    }
    check_label_columns(CONFIG.segmentations, SAMPLES)
    CELLPOSE = {
        name: models_present(segmentation)
        for name, segmentation in CONFIG.segmentations.items()
        if segmentation.method == "cellpose"
    }
    SPLIT_IMAGES = images_in_split(SAMPLES.values(), CONFIG.split, CONFIG.seed)
except UserError as error:
    raise SystemExit(f"\nerror: {error}\n") from None

EXPORTS = [n for n, d in CONFIG.datasets.items() if d.export_pairs]


wildcard_constraints:
    image="|".join(SAMPLES),
    segmentation="|".join(CONFIG.segmentations),
    reference="|".join(CONFIG.references),
    dataset="|".join(CONFIG.datasets),
    experiment="|".join(CONFIG.experiments),


# One training job a GPU on this machine; without one, cores alone limit the jobs. A cluster's
# scheduler knows its own GPUs, and `--resources gpu=N` overrules.
if (
    workflow.is_main_process
    and workflow.local_exec
    and "gpu" not in workflow.global_resources
):
    workflow.register_resource("gpu", count_gpus())


def settings(section, *without):
    """Return a config section as plain values for `params:`, so that a change is noticed.

    Keys in `without` change nothing that the rule makes.
    """
    return section.model_dump(mode="json", exclude=set(without))


def code(script):
    """Return the hash of what a script really runs, for `params:`."""
    return code_version(f"workflow/scripts/{script}.py")


def for_images(pattern, images=tuple(SAMPLES), **wildcards):
    return expand(pattern, image=images, **wildcards)


def needed(section, key):
    """Return the names in `section` that a later block refers to by `key`."""
    return sorted({getattr(block, key) for block in section.values()})


def validation_weights(wildcards):
    """Return the weights that choose the checkpoint; others that arrive retrain nothing."""
    chooses = TRAINING[wildcards.experiment].select_by == "lpips"
    return weights_state(CONFIG.metrics)["alexnet"] if chooses else "not needed"


def raw_files(wildcards):
    return list(SAMPLES[wildcards.image].files.values())


def raw_source(wildcards):
    """Return what reading an image depends on: not its well, nor its split."""
    return asdict(replace(SAMPLES[wildcards.image], columns={}, split=None))


def labels_of(wildcards):
    """Return the user's own label images of an image by column (segmentation method `labels`)."""
    return label_columns(
        CONFIG.segmentations[wildcards.segmentation], SAMPLES[wildcards.image]
    )


def label_files(wildcards):
    return list(labels_of(wildcards).values())


def segmentation_of(wildcards):
    name = CONFIG.references[wildcards.reference].segmentation
    return f"results/segmentation/{name}/{{image}}.ome.tif"


def bounds_of(wildcards):
    """Return the file of layer bounds, for references whose bounds come from other images."""
    shared = CONFIG.references[wildcards.reference].shares_bounds
    return "results/references/{reference}/bounds.json" if shared else []


def layer_channel(wildcards):
    """Return the channel whose grey values sort cells into layers."""
    reference = CONFIG.references[wildcards.reference]
    segmentation = CONFIG.segmentations[reference.segmentation]
    return (
        reference.layer_channel
        or segmentation.cytoplasm_channel
        or CONFIG.images.channels[-1]
    )


def images_for_bounds(wildcards):
    mode = CONFIG.references[wildcards.reference].bounds.mode
    return list(SAMPLES)[:1] if mode == "original" else SPLIT_IMAGES["train"]


def reference_of(experiment):
    return CONFIG.datasets[CONFIG.experiments[experiment].dataset].reference


def final_outputs():
    experiments = list(CONFIG.experiments)
    return [
        "results/report/index.html",
        *expand("results/tiles/{dataset}/export", dataset=EXPORTS),
        *expand(
            "results/synthesis/{experiment}/own",
            experiment=[name for name in experiments if OWN_MAPS.get(name)],
        ),
    ]


def segmentation_behind(experiment):
    return CONFIG.references[reference_of(experiment)].segmentation


def images_named_like(label_maps):
    """Return the images whose grey range and pixel size a user's label map of that name takes."""
    return sorted({Path(path).stem for path in label_maps} & set(SAMPLES))
