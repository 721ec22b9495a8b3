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
        mem_mb=1000,
        runtime=5,
    params:
        reference=lambda wildcards: settings(CONFIG.references[wildcards.reference]),
        code=code("codes"),
    message:
        "Writing the code table of {wildcards.reference}"
    script:
        "../workflow/scripts/codes.py"


# Grey values that divide cells into layers, from the cells of the training regions.
rule layer_bounds:
    input:
        images=lambda wildcards: for_images(
            "results/images/{image}.ome.tif", images_for_bounds(wildcards)
        ),
        segmentations=lambda wildcards: for_images(
            segmentation_of(wildcards), images_for_bounds(wildcards)
        ),
        regions="results/split/regions.csv",
    output:
        "results/references/{reference}/bounds.json",
    log:
        "results/logs/layer_bounds/{reference}.log",
    benchmark:
        "results/benchmarks/layer_bounds/{reference}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        reference=lambda wildcards: settings(CONFIG.references[wildcards.reference]),
        channel=layer_channel,
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
        mem_mb=4000,
        runtime=10,
    params:
        reference=lambda wildcards: settings(CONFIG.references[wildcards.reference]),
        channel=layer_channel,
        code=code("reference"),
    message:
        "Painting the label map of {wildcards.image} ({wildcards.reference})"
    script:
        "../workflow/scripts/reference.py"
