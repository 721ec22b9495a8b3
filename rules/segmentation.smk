# Image -> instance labels of nuclei and cells, the cell-free gap, and a picture of them.
rule segment:
    input:
        image="results/images/{image}.ome.tif",
        labels=label_files,
    output:
        segmentation="results/segmentation/{segmentation}/{image}.ome.tif",
        overlay=report(
            "results/segmentation/{segmentation}/{image}.png",
            caption="../workflow/report/overlay.rst",
            category="1 Segmentation",
            labels={"segmentation": "{segmentation}", "image": "{image}"},
        ),
    log:
        "results/logs/segment/{segmentation}/{image}.log",
    benchmark:
        "results/benchmarks/segment/{segmentation}/{image}.tsv"
    wildcard_constraints:
        segmentation="|".join(sorted(set(CONFIG.segmentations) - set(CELLPOSE)))
        or "(?!)",
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(6000),
        runtime=grows(5),
    params:
        labels=labels_of,
        models=lambda wildcards: CELLPOSE.get(wildcards.segmentation),
        segmentation=lambda wildcards: settings(
            CONFIG.segmentations[wildcards.segmentation]
        ),
        code=code("segment"),
    message:
        "Segmenting {wildcards.image} ({wildcards.segmentation})"
    script:
        "../workflow/scripts/segment.py"


# Cellpose has an environment of its own: it pins another numpy.
use rule segment as segment_cellpose with:
    wildcard_constraints:
        segmentation="|".join(CELLPOSE) or "(?!)",
    conda:
        "../envs/cellpose.yaml"
    resources:
        gpu=1,
        mem_mb=grows(12000),
        runtime=grows(60),
