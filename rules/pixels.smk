# Scribbles of training images -> a classifier of pixels, for segmentations with `method: pixels`.
rule learn_pixels:
    input:
        images=images_scribbled,
        scribbles=scribble_files,
    output:
        classifier="results/segmentation/{segmentation}/classifier.safetensors",
        # What it tells of itself, for the page.
        card="results/segmentation/{segmentation}/classifier.json",
    log:
        "results/logs/learn_pixels/{segmentation}.log",
    benchmark:
        "results/benchmarks/learn_pixels/{segmentation}.tsv"
    wildcard_constraints:
        segmentation=one_of(LEARNED_HERE),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(6000, per_megapixel=40),
        runtime=grows(30, per_megapixel=0.25),
    params:
        scribbles=scribbles_learned,
        scribble_contents=scribble_contents,
        segmentation=learning_settings,
        strips=strips_of_scribbled,
        seed=CONFIG.seed,
        code=code("learn_pixels"),
    message:
        "Learning from the scribbles of {wildcards.segmentation}"
    script:
        "../workflow/scripts/learn_pixels.py"
