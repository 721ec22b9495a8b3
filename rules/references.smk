# Takes less than its place in a cluster's queue.
localrules:
    codes,
    layer_bounds,


# The codes of a label map and what each means.
rule codes:
    output:
        "results/references/{reference}/codes.json",
    log:
        "results/logs/codes/{reference}.log",
    benchmark:
        "results/benchmarks/codes/{reference}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(1000),
        runtime=grows(5),
    params:
        reference=lambda wildcards: settings(CONFIG.references[wildcards.reference]),
        code=code("codes"),
    message:
        "Writing the code table of {wildcards.reference}"
    script:
        "../workflow/scripts/codes.py"


# Mean grey values of the cells of the training regions.
rule cell_means:
    input:
        images=lambda wildcards: for_images(
            "results/images/{image}.ome.tif", images_for_bounds(wildcards)
        ),
        segmentations=lambda wildcards: for_images(
            segmentation_of(wildcards), images_for_bounds(wildcards)
        ),
        regions="results/split/regions.csv",
    output:
        "results/references/{reference}/cell_means.safetensors",
    log:
        "results/logs/cell_means/{reference}.log",
    benchmark:
        "results/benchmarks/cell_means/{reference}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(20),
    params:
        mode=lambda wildcards: CONFIG.references[wildcards.reference].bounds.mode,
        channel=layer_channel,
        code=code("cell_means"),
    message:
        "Measuring the cells that {wildcards.reference} counts"
    script:
        "../workflow/scripts/cell_means.py"


# Grey values that divide cells into layers.
rule layer_bounds:
    input:
        rules.cell_means.output,
    output:
        "results/references/{reference}/bounds.json",
    log:
        "results/logs/layer_bounds/{reference}.log",
    benchmark:
        "results/benchmarks/layer_bounds/{reference}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(2000),
        runtime=grows(5),
    params:
        reference=lambda wildcards: settings(CONFIG.references[wildcards.reference]),
        code=code("layer_bounds"),
    message:
        "Finding the layer bounds of {wildcards.reference}"
    script:
        "../workflow/scripts/layer_bounds.py"


# Segmentation and grey values -> label map.
rule reference:
    input:
        image="results/images/{image}.ome.tif",
        segmentation=segmentation_of,
        bounds=bounds_of,
    output:
        label_map="results/references/{reference}/{image}.tif",
        preview=report(
            "results/references/{reference}/{image}.png",
            caption="../workflow/report/label_map.rst",
            category="2 Label maps",
            labels={"reference": "{reference}", "image": "{image}"},
        ),
    log:
        "results/logs/reference/{reference}/{image}.log",
    benchmark:
        "results/benchmarks/reference/{reference}/{image}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(2),
    params:
        reference=lambda wildcards: settings(CONFIG.references[wildcards.reference]),
        channel=layer_channel,
        code=code("reference"),
    message:
        "Painting the label map of {wildcards.image} ({wildcards.reference})"
    script:
        "../workflow/scripts/reference.py"
