# Label maps that the user has -> codes of their classes.
OWN = one_of(CONFIG.own_maps)
RENDERED = one_of(CONFIG.rendered)


# The user's map of an image, by the values of its classes.
rule take_map:
    input:
        image="results/images/{image}.ome.tif",
        own=own_map_files,
    output:
        label_map="results/references/{reference}/{image}.tif",
        preview=report(
            "results/references/{reference}/{image}.png",
            caption="../workflow/report/label_map.rst",
            category="2 Label maps",
            labels={"reference": "{reference}", "image": "{image}"},
        ),
        regions="results/references/{reference}/regions/{image}.ome.tif",
    log:
        "results/logs/take_map/{reference}/{image}.log",
    benchmark:
        "results/benchmarks/take_map/{reference}/{image}.tsv"
    wildcard_constraints:
        reference=OWN,
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000, per_megapixel=60),
        runtime=grows(2, per_megapixel=0.1),
    params:
        map=own_map_of,
        plane=plane_of_map,
        contents=own_map_contents,
        column=own_map_column,
        classes=own_classes,
        code=code("take_map"),
    message:
        "Reading the label map of {wildcards.image} ({wildcards.reference})"
    script:
        "../workflow/scripts/take_map.py"


# What the classes are called, and that each of them is there to be learnt.
rule count_classes:
    input:
        label_maps=rendered_maps,
        regions=REGIONS,
    output:
        codes="results/references/{reference}/codes.json",
        table="results/references/{reference}/classes.csv",
    log:
        "results/logs/count_classes/{reference}.log",
    benchmark:
        "results/benchmarks/count_classes/{reference}.tsv"
    wildcard_constraints:
        reference=OWN,
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(2000),
        runtime=grows(10),
    params:
        classes=own_classes,
        code=code("count_classes"),
    message:
        "Counting the classes of {wildcards.reference}"
    script:
        "../workflow/scripts/count_classes.py"
