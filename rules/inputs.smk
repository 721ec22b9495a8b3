# What rules take: inputs and parameters, in the order of the stages; of made sets: set_inputs.smk.
from dataclasses import asdict, replace


include: "segmentation_inputs.smk"


REGIONS = "results/split/regions.csv"
# Where images lie as the camera gave them, without shading, and those that are segmented.
IMAGES = "results/images/{image}.ome.tif"
CORRECTED = CONFIG.images.correct_pixels
STORED = "results/uncorrected/{image}.ome.tif" if CORRECTED else IMAGES
EVENED = IMAGES if CORRECTED else "results/shading/{image}.ome.tif"
LIGHT = "results/shading/light.json"
SEGMENTED = IMAGES if CONFIG.images.shading == "none" else EVENED


def sample_of(wildcards):
    return SAMPLES[wildcards.image]


def raw_files(wildcards):
    return own(sample_of(wildcards).files.values())


def raw_source(wildcards):
    """Return what reading an image depends on: not its well, nor its split."""
    return asdict(replace(sample_of(wildcards), columns={}, split=None))


def strips_of(wildcards):
    """Return how the image is cut into strips, each of which learns from its own pixels only."""
    return strips_of_image(wildcards.image)


def strips_of_image(name):
    if name not in CUT_IMAGES:
        return None
    return {
        "config": settings(CONFIG.split),
        "seed": CONFIG.seed,
        "group": SAMPLES[name].source,
    }


def reference_settings(wildcards):
    return settings(CONFIG.references[wildcards.reference])


def segmentation_of(wildcards):
    name = CONFIG.references[wildcards.reference].segmentation
    return f"results/segmentation/{name}/{{image}}.ome.tif"


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


def bounds_of(wildcards):
    return shared_bounds(wildcards.reference)


def shared_bounds(reference):
    """Return the file of layer bounds, for references whose bounds come from other images."""
    shared = CONFIG.references[reference].shares_bounds
    return f"results/references/{reference}/bounds.json" if shared else []


def bounds_mode(wildcards):
    return CONFIG.references[wildcards.reference].bounds.mode


def counted_images(wildcards):
    """Return the images whose cells decide about the layers of a reference."""
    return (
        images_of_reference(wildcards.reference)[:1]
        if bounds_mode(wildcards) == "original"
        else among(SPLIT_IMAGES["train"], images_of_reference(wildcards.reference))
    )


def images_counted(wildcards):
    return for_images(SEGMENTED, counted_images(wildcards))


def segmentations_counted(wildcards):
    segmentation = CONFIG.references[wildcards.reference].segmentation
    return segmented(segmentation, counted_images(wildcards))


def rendered(reference, images=None):
    """Return the label maps of real images."""
    return for_images(
        "results/references/{reference}/{image}.tif",
        images_of_reference(reference) if images is None else images,
        reference=reference,
    )


def reference_of(model):
    return CONFIG.datasets[CONFIG.models[model].dataset].reference


def segmentation_behind(model):
    """Return the segmentation that a model's label maps are made of; None of the user's own, and of
    models without any."""
    reference = reference_of(model)
    return (
        None
        if reference is None or reference in CLASSES
        else CONFIG.references[reference].segmentation
    )


def dataset_settings(wildcards):
    return settings(CONFIG.datasets[wildcards.dataset], "export_pairs")


def codes_of_dataset(wildcards):
    reference = CONFIG.datasets[wildcards.dataset].reference
    return f"results/references/{reference}/codes.json"


def tiles_of(dataset):
    """Return the files of a data set, of label maps or of two domains."""
    maps = rules.cut_slices if dataset in OF_SLICES else rules.cut_tiles
    cut = rules.cut_domains if dataset in DOMAINS else maps
    return expand(cut.output, dataset=dataset)


def tiles_of_dataset(wildcards):
    return tiles_of(wildcards.dataset)


def tiles_of_model(wildcards):
    return tiles_of(CONFIG.models[wildcards.model].dataset)


def leak_check_of_model(wildcards):
    return expand(
        rules.check_leaks.output, dataset=CONFIG.models[wildcards.model].dataset
    )


def architecture(wildcards):
    return CONFIG.models[wildcards.model].model


def training_settings(wildcards):
    return settings(TRAINING[wildcards.model])


def training_processes(wildcards):
    return TRAINING[wildcards.model].processes


def training_threads(wildcards):
    training = TRAINING[wildcards.model]
    return training.cpu_threads * training.processes


def training_state(wildcards):
    return f"results/state/{wildcards.model}"


def training_code(wildcards):
    return model_code("model", wildcards.model)


def networks_code(wildcards):
    return model_code("networks", wildcards.model)


def export_formats(wildcards):
    return sorted(CONFIG.models[wildcards.model].export)


def diversity_settings(wildcards):
    # A tile of its own has no seams: overlap and number at once change nothing.
    return settings(CONFIG.models[wildcards.model].synthesis, "overlap", "batch_size")
