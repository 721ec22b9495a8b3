# What rules take that learn a pixel classifier from scribbles, or segment by one.
from cytoforge.segmentation.methods.pixels.config import LEARNING
from cytoforge.segmentation.methods.pixels.scribble_columns import scribbled_images

# Segmentations whose classifier the run itself learns.
LEARNED_HERE = [
    name
    for name, one in CONFIG.segmentations.items()
    if one.method == "pixels" and one.classifier is None
]


def classifier_of(wildcards):
    """Return the file of a classifier that the run learns, for segmentations that need one."""
    name = wildcards.segmentation
    learned = f"results/segmentation/{name}/classifier.safetensors"
    return learned if name in LEARNED_HERE else []


def learned_here(wildcards):
    """Return the setting that names it, for `params:`."""
    path = classifier_of(wildcards)
    return {"classifier": path} if path else {}


def scribbles_learned(wildcards):
    """Return the scribbles that are learned from by the name of their image."""
    return scribbled_images(
        CONFIG.segmentations[wildcards.segmentation], SAMPLES, SPLIT_IMAGES["train"]
    )


def scribble_files(wildcards):
    return own(scribbles_learned(wildcards).values())


def scribble_contents(wildcards):
    return contents(scribbles_learned(wildcards))


def images_scribbled(wildcards):
    return for_images(SEGMENTED, scribbles_learned(wildcards))


def learning_settings(wildcards):
    """Return what a classifier depends on: not what is made of its classes."""
    section = settings(CONFIG.segmentations[wildcards.segmentation])
    return {key: section[key] for key in ("method", "scribbles_column", *LEARNING)}


def strips_of_scribbled(wildcards):
    """Return how each scribbled image is cut; what val and test show teaches nothing."""
    return {name: strips_of_image(name) for name in scribbles_learned(wildcards)}
