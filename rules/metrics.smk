# Real and synthetic test regions -> a table a pair, a table a set, re-segmentation, morphology.
rule score:
    input:
        synthetic=rules.synthesize.output.manifest,
        fields=ancient("results/synthesis/{model}/fields"),
        real=for_images("results/images/{image}.ome.tif"),
        label_maps=lambda wildcards: for_images(
            "results/references/{reference}/{image}.tif",
            SPLIT_IMAGES["test"],
            reference=reference_of(wildcards.model),
        ),
        segmentations=lambda wildcards: for_images(
            "results/segmentation/{segmentation}/{image}.ome.tif",
            segmentation=segmentation_behind(wildcards.model),
        ),
        tiles=lambda wildcards: expand(
            rules.tiles.output,
            dataset=CONFIG.models[wildcards.model].dataset,
        ),
        regions="results/split/regions.csv",
        bounds=bounds_behind,
    output:
        pairs="results/metrics/{model}/pairs.csv",
        summary="results/metrics/{model}/summary.csv",
        outliers="results/metrics/{model}/outliers.csv",
        sets="results/metrics/{model}/set.csv",
        levels="results/metrics/{model}/levels.csv",
        morphology="results/metrics/{model}/morphology.csv",
        resegmentation="results/metrics/{model}/resegmentation.csv",
        controllability="results/metrics/{model}/controllability.csv",
        memorisation="results/metrics/{model}/memorisation.csv",
        scores="results/metrics/{model}/scores.json",
    log:
        "results/logs/score/{model}.log",
    benchmark:
        "results/benchmarks/score/{model}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    threads: 1
    resources:
        mem_mb=grows(8000),
        runtime=grows(120),
    params:
        segmentation=lambda wildcards: settings(
            CONFIG.segmentations[segmentation_behind(wildcards.model)]
        ),
        reference=lambda wildcards: settings(
            CONFIG.references[reference_of(wildcards.model)]
        ),
        layer_channel=lambda wildcards: channel_of_layers(reference_of(wildcards.model)),
        # Where weights lie does not matter, only which are there.
        metrics=settings(CONFIG.metrics, "weights_dir", "download", "diversity"),
        weights=weights_state(CONFIG.metrics),
        seed=CONFIG.seed,
        threads=1,  # models are scored side by side, which keeps the cores busier
        code=code("score"),
    message:
        "Scoring {wildcards.model}"
    script:
        "../workflow/scripts/score.py"


# Several samples of some test maps -> how different they are.
rule diversity:
    input:
        weights=rules.train.output.weights,
        model=rules.train.output.model,
        tiles=lambda wildcards: expand(
            rules.tiles.output,
            dataset=CONFIG.models[wildcards.model].dataset,
        ),
    output:
        "results/metrics/{model}/diversity.csv",
    log:
        "results/logs/diversity/{model}.log",
    benchmark:
        "results/benchmarks/diversity/{model}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    threads: 1
    resources:
        mem_mb=grows(8000),
        runtime=grows(60),
    params:
        # A tile of its own has no seams: overlap and number at once change nothing.
        synthesis=lambda wildcards: settings(
            CONFIG.models[wildcards.model].synthesis,
            *("maps", "samples", "resample", "overlap", "batch_size"),
        ),
        metrics=CONFIG.metrics.model_dump(
            mode="json", include={"diversity", "bootstrap", "confidence"}
        ),
        weights=[weights_state(CONFIG.metrics)[name] for name in ("alexnet", "vgg16")],
        seed=CONFIG.seed,
        threads=1,
        code=code("diversity"),
        model_code=lambda wildcards: model_code("networks", wildcards.model),
    message:
        "Sampling the same label maps again and again ({wildcards.model})"
    script:
        "../workflow/scripts/diversity.py"
