from cytoforge.split.membership import split_columns


include: "shading.smk"
include: "volumes.smk"


# Raw files -> canonical OME-TIFF with channel names, pixel size and recorded normalisation.
rule convert:
    input:
        raw_files,
        volume=measured_of_volume,
    output:
        STORED,
    log:
        "results/logs/convert/{image}.log",
    benchmark:
        "results/benchmarks/convert/{image}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000, per_megapixel=40),
        runtime=grows(2, per_megapixel=0.05),
    params:
        sample=raw_source,
        contents=raw_contents,
        images=settings_of_image,
        strips=strips_of,
        volume=facts_of_volume,
        code=code("convert"),
        format_code=format_code,
    message:
        "Reading image {wildcards.image}"
    script:
        "../workflow/scripts/convert.py"


# Which regions of which images belong to train, val and test: one division for all data sets.
rule split:
    input:
        for_images(IMAGES),
    output:
        "results/split/regions.csv",
    log:
        "results/logs/split.log",
    benchmark:
        "results/benchmarks/split.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(2000),
        runtime=grows(10),
    params:
        columns={
            name: split_columns(sample, CONFIG.split)
            for name, sample in SAMPLES.items()
        },
        split=settings(CONFIG.split),
        # Whose values must not be those of labels.
        volumes=(
            {}
            if "label_values" in CONFIG.images.volumes.accept
            else volumes_of_slices(None)
        ),
        seed=CONFIG.seed,
        code=code("split"),
    message:
        "Dividing images into train, val and test"
    script:
        "../workflow/scripts/split.py"
