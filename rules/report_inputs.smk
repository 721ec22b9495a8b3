# What the page takes beside scores: the gap in time, checks of segmentations, pictures of all images.
from dataclasses import astuple

from cytoforge.config.objects import GAP
from cytoforge.images.time_series import frames_of


def segmentations_with_gap():
    """Return the names of the segmentations in use that look for the gap."""
    used = segmentations_in_use()
    return [name for name in used if GAP in CONFIG.segmentations[name].objects]


with told():
    # A column of times is nobody's error where no gap is followed through them.
    FRAMES = frames_of(SAMPLES.values()) if segmentations_with_gap() else ()


def frames_segmented(wildcards):
    return segmented(wildcards.segmentation, [frame.image for frame in FRAMES])


def gap_series():
    """Return the tables and figures of closing gaps; none where no image has a time."""
    names = segmentations_with_gap() if FRAMES else []
    return expand(rules.measure_gap.output, segmentation=names)


def checks_of_images(wildcards):
    return for_images(
        f"results/checks/{wildcards.segmentation}/{{image}}.json",
        images_of_segmentation(wildcards.segmentation),
    )


def checks_of_model(wildcards):
    """Return the verdict on the segmentation behind a model's real images."""
    dataset = CONFIG.datasets[CONFIG.models[wildcards.model].dataset]
    behind = segmentation_behind(wildcards.model)
    real = "real" in leaves(SETS, dataset.set)
    return f"results/checks/{behind}.csv" if real and behind else []


# What the page shows of every image. Functions, and no lists: in a rule that also names outputs of
# other rules Snakemake hashes a whole list for each of its files (a third of a plan of 10,000).
def every_image(wildcards):
    return for_images(IMAGES)


def every_overlay(wildcards):
    return [
        overlay
        for name in segmentations_in_use()
        for overlay in for_images(
            f"results/segmentation/{name}/{{image}}.png", images_of_segmentation(name)
        )
    ]


def every_preview(wildcards):
    return [
        preview
        for name in needed(CONFIG.datasets, "reference")
        for preview in for_images(
            f"results/references/{name}/{{image}}.png", images_of_reference(name)
        )
    ]
