# Label maps of all images with a test region + generator -> synthetic fields with pedigree.
rule synthesize:
    input:
        weights=rules.train.output.weights,
        model=rules.train.output.model,
        label_maps=lambda wildcards: for_images(
            "results/references/{reference}/{image}.tif",
            SPLIT_IMAGES["test"],
            reference=reference_of(wildcards.experiment),
        ),
        images=for_images("results/images/{image}.ome.tif", SPLIT_IMAGES["test"]),
    output:
        fields=for_images(
            "results/synthesis/{{experiment}}/{image}.ome.tif", SPLIT_IMAGES["test"]
        ),
        label_maps=for_images(
            "results/synthesis/{{experiment}}/{image}_labels.tif", SPLIT_IMAGES["test"]
        ),
        manifest="results/synthesis/{experiment}/manifest.csv",
    log:
        "results/logs/synthesize/{experiment}.log",
    benchmark:
        "results/benchmarks/synthesize/{experiment}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=6000,
        runtime=120,
    params:
        synthesis=lambda wildcards: settings(
            CONFIG.experiments[wildcards.experiment].synthesis, "maps"
        ),
        seed=CONFIG.seed,
        code=code("synthesize"),
        threads=2,
    message:
        "Synthesising the test fields of {wildcards.experiment}"
    script:
        "../workflow/scripts/synthesize.py"


# The same from a folder of the user's own, or edited, label maps.
use rule synthesize as synthesize_own with:
    input:
        weights=rules.train.output.weights,
        model=rules.train.output.model,
        label_maps=lambda wildcards: OWN_MAPS[wildcards.experiment],
        images=lambda wildcards: for_images(
            "results/images/{image}.ome.tif",
            images_named_like(OWN_MAPS[wildcards.experiment]),
        ),
    output:
        folder=directory("results/synthesis/{experiment}/own"),
    log:
        "results/logs/synthesize_own/{experiment}.log",
    benchmark:
        "results/benchmarks/synthesize_own/{experiment}.tsv"
    message:
        "Synthesising from the user's own label maps ({wildcards.experiment})"
