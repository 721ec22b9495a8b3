# Images -> the same without uneven light, where `images.shading` asks for it.
localrules:
    estimate_light,


# The light that all training images share (`images.shading: per_set`).
rule estimate_light:
    input:
        for_images(STORED, SPLIT_IMAGES["train"]),
    output:
        LIGHT,
    log:
        "results/logs/estimate_light.log",
    benchmark:
        "results/benchmarks/estimate_light.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(20),
    params:
        code=code("estimate_light"),
    message:
        "Estimating the light of the training images"
    script:
        "../workflow/scripts/estimate_light.py"


rule even_light:
    input:
        image=STORED,
        light=LIGHT if CONFIG.images.shading == "per_set" else [],
    output:
        EVENED,
    log:
        "results/logs/even_light/{image}.log",
    benchmark:
        "results/benchmarks/even_light/{image}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000, per_megapixel=60),
        runtime=grows(5, per_megapixel=0.1),
    params:
        normalisation=settings(CONFIG.images.normalisation),
        strips=strips_of,
        code=code("even_light"),
    message:
        "Taking the shading out of {wildcards.image}"
    script:
        "../workflow/scripts/even_light.py"
