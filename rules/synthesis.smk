# Label maps of all images with a test region + generator -> synthetic fields with pedigree.
rule synthesize:
    input:
        weights=rules.train.output.weights,
        model=rules.train.output.model,
        label_maps=lambda wildcards: for_images(
            "results/references/{reference}/{image}.tif",
            SPLIT_IMAGES["test"],
            reference=reference_of(wildcards.model),
        ),
        instances=instances_of_test_images,
        images=for_images("results/images/{image}.ome.tif", SPLIT_IMAGES["test"]),
    output:
        # One folder, not a list of files: Snakemake would search all of them for every file that a
        # later rule takes. Those take the manifest, which holds the checksum of each.
        fields=directory("results/synthesis/{model}/fields"),
        manifest="results/synthesis/{model}/manifest.csv",
    log:
        "results/logs/synthesize/{model}.log",
    benchmark:
        "results/benchmarks/synthesize/{model}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=grows(6000),
        runtime=grows(120),
    params:
        synthesis=lambda wildcards: settings(
            CONFIG.models[wildcards.model].synthesis,
            "maps",
            "samples",
            "resample",
        ),
        samples=[0],
        seed=CONFIG.seed,
        code=code("synthesize"),
        model_code=lambda wildcards: model_code("networks", wildcards.model),
        threads=2,
    message:
        "Synthesising the test fields of {wildcards.model}"
    script:
        "../workflow/scripts/synthesize.py"


# Further samples of the same label maps, where the config asks for them.
use rule synthesize as synthesize_samples with:
    output:
        fields=directory("results/synthesis/{model}/samples/fields"),
        manifest="results/synthesis/{model}/samples/manifest.csv",
    log:
        "results/logs/synthesize_samples/{model}.log",
    benchmark:
        "results/benchmarks/synthesize_samples/{model}.tsv"
    params:
        synthesis=lambda wildcards: settings(
            CONFIG.models[wildcards.model].synthesis, "maps"
        ),
        samples=lambda wildcards: list(
            range(1, CONFIG.models[wildcards.model].synthesis.samples)
        ),
    message:
        "Synthesising further samples of {wildcards.model}"


# All samples from a folder of the user's own, or edited, label maps.
use rule synthesize as synthesize_own with:
    input:
        weights=rules.train.output.weights,
        model=rules.train.output.model,
        label_maps=lambda wildcards: OWN_MAPS[wildcards.model],
        instances=instances_of_own_maps,
        images=lambda wildcards: for_images(
            "results/images/{image}.ome.tif",
            images_named_like(OWN_MAPS[wildcards.model]),
        ),
    output:
        fields=directory("results/synthesis/{model}/own/fields"),
        manifest="results/synthesis/{model}/own/manifest.csv",
    log:
        "results/logs/synthesize_own/{model}.log",
    benchmark:
        "results/benchmarks/synthesize_own/{model}.tsv"
    params:
        synthesis=lambda wildcards: settings(
            CONFIG.models[wildcards.model].synthesis, "maps"
        ),
        samples=lambda wildcards: list(
            range(CONFIG.models[wildcards.model].synthesis.samples)
        ),
    message:
        "Synthesising from the user's own label maps ({wildcards.model})"
