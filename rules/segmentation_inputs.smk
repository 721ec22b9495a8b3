# What rules take that segment real images: settings, the user's own labels, models of this run.
from cytoforge.segmentation.methods.labels.config import label_columns


def segmentation_settings(wildcards):
    section = settings(CONFIG.segmentations[wildcards.segmentation])
    return {**section, **learned_here(wildcards)}


def model_used(wildcards):
    """Return the files of the model that a segmentation uses; none for most methods."""
    model = MODEL_USED.get(wildcards.segmentation)
    files = ("model.safetensors", "model.json") if model else ()
    return [f"results/models/{model}/{file}" for file in files]


def labels_of(wildcards):
    """Return the user's own label images of an image by column (segmentation method `labels`)."""
    return label_columns(
        CONFIG.segmentations[wildcards.segmentation], sample_of(wildcards)
    )


def label_files(wildcards):
    return own(labels_of(wildcards).values())


def segmented(segmentation, images=tuple(SAMPLES)):
    """Return the segmentations of real images."""
    return for_images(
        "results/segmentation/{segmentation}/{image}.ome.tif",
        images,
        segmentation=segmentation,
    )


def images_of_reference(reference):
    """Return the images whose label maps are needed."""
    return LABELLED.get(f"references.{reference}", list(SAMPLES))


def among(names, others):
    known = set(others)
    return [name for name in names if name in known]


def images_of_segmentation(segmentation):
    """Return the images whose segmentation label maps are made of."""
    return LABELLED.get(f"segmentations.{segmentation}", list(SAMPLES))
