# What rules take: input functions and parameters by wildcard, in the order of the stages.
from dataclasses import asdict, replace

from snakemake.exceptions import WorkflowError

from cytoforge.segmentation.label_columns import label_columns
from cytoforge.synthesis.maps import instance_files


def training_threads(wildcards):
    training = TRAINING[wildcards.model]
    return training.cpu_threads * training.processes


def training_weights(wildcards):
    """Return the weights that training learns from; others that arrive retrain nothing."""
    training, state = TRAINING[wildcards.model], weights_state(CONFIG.metrics)
    used = set(training.pretrained)
    if "vgg19" in used and state["vgg19"] == "missing":
        used.add("vgg16")  # which stands in for it
    return {name: state[name] for name in sorted(used)}


def sample_of(wildcards):
    if wildcards.image not in SAMPLES:
        raise WorkflowError(f"{CONFIG.samples} lists no image {wildcards.image}")
    return SAMPLES[wildcards.image]


def raw_files(wildcards):
    return list(sample_of(wildcards).files.values())


def raw_source(wildcards):
    """Return what reading an image depends on: not its well, nor its split."""
    return asdict(replace(sample_of(wildcards), columns={}, split=None))


def labels_of(wildcards):
    """Return the user's own label images of an image by column (segmentation method `labels`)."""
    return label_columns(
        CONFIG.segmentations[wildcards.segmentation], sample_of(wildcards)
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
    return channel_of_layers(wildcards.reference)


def channel_of_layers(reference):
    """Return the channel whose grey values sort cells into layers."""
    reference = CONFIG.references[reference]
    segmentation = CONFIG.segmentations[reference.segmentation]
    return (
        reference.layer_channel
        or segmentation.cytoplasm_channel
        or CONFIG.images.channels[-1]
    )


def images_for_bounds(wildcards):
    mode = CONFIG.references[wildcards.reference].bounds.mode
    return list(SAMPLES)[:1] if mode == "original" else SPLIT_IMAGES["train"]


def reference_of(model):
    return CONFIG.datasets[CONFIG.models[model].dataset].reference


def bounds_behind(wildcards):
    """Return `bounds_of` the reference a model's label maps were painted by."""
    name = reference_of(wildcards.model)
    shared = CONFIG.references[name].shares_bounds
    return f"results/references/{name}/bounds.json" if shared else []


def further_samples(made):
    """Return `made` of the further samples, for models that want several of each map."""
    return [
        f"results/synthesis/{name}/samples/{made}"
        for name, model in CONFIG.models.items()
        if model.synthesis.samples > 1
    ]


def of_own_maps(made):
    """Return `made` of the user's own label maps, for models that have some."""
    return [
        f"results/synthesis/{name}/own/{made}"
        for name, maps in OWN_MAPS.items()
        if maps
    ]


def segmentation_of_tiles(dataset):
    return CONFIG.references[CONFIG.datasets[dataset].reference].segmentation


def segmentation_behind(model):
    return segmentation_of_tiles(CONFIG.models[model].dataset)


def instances_of_test_images(wildcards):
    """Return the segmentations of the test images, for models that see which cell is which."""
    if not TRAINING[wildcards.model].uses_instances:
        return []
    return for_images(
        "results/segmentation/{segmentation}/{image}.ome.tif",
        SPLIT_IMAGES["test"],
        segmentation=segmentation_behind(wildcards.model),
    )


def instances_of_own_maps(wildcards):
    """Return the instance labels beside a user's maps; cells of other maps are found in them."""
    if not TRAINING[wildcards.model].uses_instances:
        return []
    return instance_files(OWN_MAPS[wildcards.model])


def images_named_like(label_maps):
    """Return the images whose grey range and pixel size a user's label map of that name takes."""
    return sorted({Path(path).stem for path in label_maps} & set(SAMPLES))
