# Segmentation -> whether it can be right, before anything is trained on it.
localrules:
    judge_segmentation,


rule check_segmentation:
    input:
        image=SEGMENTED,
        segmentation="results/segmentation/{segmentation}/{image}.ome.tif",
        model=model_used,
        classifier=classifier_of,
    output:
        "results/checks/{segmentation}/{image}.json",
    log:
        "results/logs/check_segmentation/{segmentation}/{image}.log",
    benchmark:
        "results/benchmarks/check_segmentation/{segmentation}/{image}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(6000, per_megapixel=40),
        runtime=grows(5, per_megapixel=0.25),
    params:
        segmentation=segmentation_settings,
        code=code("check_segmentation"),
        method_code=method_code,
    message:
        "Checking the segmentation of {wildcards.image} ({wildcards.segmentation})"
    script:
        "../workflow/scripts/check_segmentation.py"


# One bad image among many is named; where most are bad, the run ends here.
rule judge_segmentation:
    input:
        checks_of_images,
    output:
        "results/checks/{segmentation}.csv",
    log:
        "results/logs/judge_segmentation/{segmentation}.log",
    benchmark:
        "results/benchmarks/judge_segmentation/{segmentation}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(1000),
        runtime=grows(5),
    params:
        checks=CONFIG.checks,
        overlays="results/segmentation/{segmentation}",
        code=code("judge_segmentation"),
    message:
        "Judging the segmentations of {wildcards.segmentation}"
    script:
        "../workflow/scripts/judge_segmentation.py"
