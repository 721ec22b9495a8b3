# Segmentations of a time series -> how the gap closes: tables and a figure.
from dataclasses import astuple

from cytoforge.config.objects import GAP
from cytoforge.images.time_series import frames_of


def segmentations_with_gap():
    """Return the names of the segmentations in use that look for the gap."""
    used = needed(CONFIG.references, "segmentation")
    return [name for name in used if GAP in CONFIG.segmentations[name].objects]


with told():
    # A column of times is nobody's error where no gap is followed through them.
    FRAMES = frames_of(SAMPLES.values()) if segmentations_with_gap() else ()


def frames_segmented(wildcards):
    return segmented(wildcards.segmentation, [frame.image for frame in FRAMES])


rule measure_gap:
    input:
        segmentations=frames_segmented,
    output:
        frames="results/gap/{segmentation}/frames.csv",
        series="results/gap/{segmentation}/series.csv",
        figure="results/gap/{segmentation}/gap.svg",
        paper="results/gap/{segmentation}/gap.pdf",
    log:
        "results/logs/measure_gap/{segmentation}.log",
    benchmark:
        "results/benchmarks/measure_gap/{segmentation}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000, per_megapixel=40),
        runtime=grows(30, per_megapixel=0.1),
    params:
        frames=[list(astuple(frame)) for frame in FRAMES],
        code=code("measure_gap"),
    message:
        "Measuring how the gap closes ({wildcards.segmentation})"
    script:
        "../workflow/scripts/measure_gap.py"


def gap_series():
    """Return the tables and figures of closing gaps; none where no image has a time."""
    names = segmentations_with_gap() if FRAMES else []
    return expand(rules.measure_gap.output, segmentation=names)
