include: "own_maps.smk"


# Takes less than its place in a cluster's queue.
localrules:
    write_codes,
    find_layer_bounds,


# The codes of a label map and what each means.
rule write_codes:
    output:
        "results/references/{reference}/codes.json",
    log:
        "results/logs/write_codes/{reference}.log",
    benchmark:
        "results/benchmarks/write_codes/{reference}.tsv"
    wildcard_constraints:
        reference=RENDERED,
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(1000),
        runtime=grows(5),
    params:
        reference=reference_settings,
        code=code("write_codes"),
    message:
        "Writing the code table of {wildcards.reference}"
    script:
        "../workflow/scripts/write_codes.py"


# Mean grey values of the cells of the training regions.
rule measure_cells:
    input:
        images=images_counted,
        segmentations=segmentations_counted,
        regions=REGIONS,
    output:
        "results/references/{reference}/cell_means.safetensors",
    log:
        "results/logs/measure_cells/{reference}.log",
    benchmark:
        "results/benchmarks/measure_cells/{reference}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(20),
    params:
        mode=bounds_mode,
        channel=layer_channel,
        code=code("measure_cells"),
    message:
        "Measuring the cells that {wildcards.reference} counts"
    script:
        "../workflow/scripts/measure_cells.py"


# Grey values that divide cells into layers.
rule find_layer_bounds:
    input:
        rules.measure_cells.output,
    output:
        "results/references/{reference}/bounds.json",
    log:
        "results/logs/find_layer_bounds/{reference}.log",
    benchmark:
        "results/benchmarks/find_layer_bounds/{reference}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(2000),
        runtime=grows(5),
    params:
        reference=reference_settings,
        code=code("find_layer_bounds"),
    message:
        "Finding the layer bounds of {wildcards.reference}"
    script:
        "../workflow/scripts/find_layer_bounds.py"


# Segmentation and grey values -> label map.
rule render:
    input:
        image=SEGMENTED,
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
        "results/logs/render/{reference}/{image}.log",
    benchmark:
        "results/benchmarks/render/{reference}/{image}.tsv"
    wildcard_constraints:
        reference=RENDERED,
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(2),
    params:
        reference=reference_settings,
        channel=layer_channel,
        code=code("render"),
    message:
        "Rendering the label map of {wildcards.image} ({wildcards.reference})"
    script:
        "../workflow/scripts/render.py"


# The same of all images of a made set.
rule render_set:
    input:
        manifest="results/sets/{set}/manifest.csv",
        fields=ancient("results/sets/{set}/fields"),
        segmentations=segmentation_of_set,
        segmented=ancient(segmented_folder_of_set),
        bounds=bounds_of,
    output:
        table="results/sets/{set}/references/{reference}.csv",
        folder=directory("results/sets/{set}/references/{reference}"),
    log:
        "results/logs/render_set/{reference}/{set}.log",
    benchmark:
        "results/benchmarks/render_set/{reference}/{set}.tsv"
    wildcard_constraints:
        reference=RENDERED,
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(60),
    params:
        reference=reference_settings,
        channel=layer_channel,
        code=code("render_set"),
    message:
        "Rendering the label maps of {wildcards.set} ({wildcards.reference})"
    script:
        "../workflow/scripts/render_set.py"
