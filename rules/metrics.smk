# Real and synthetic test regions -> a table a pair, a table a set, re-segmentation, morphology.
rule score:
    input:
        synthetic=rules.synthesize.output.manifest,
        fields=ancient("results/synthesis/{experiment}/fields"),
        real=for_images("results/images/{image}.ome.tif"),
        label_maps=lambda wildcards: for_images(
            "results/references/{reference}/{image}.tif",
            SPLIT_IMAGES["test"],
            reference=reference_of(wildcards.experiment),
        ),
        segmentations=lambda wildcards: for_images(
            "results/segmentation/{segmentation}/{image}.ome.tif",
            segmentation=segmentation_behind(wildcards.experiment),
        ),
        tiles=lambda wildcards: expand(
            rules.tiles.output,
            dataset=CONFIG.experiments[wildcards.experiment].dataset,
        ),
        regions="results/split/regions.csv",
        bounds=bounds_behind,
    output:
        pairs="results/metrics/{experiment}/pairs.csv",
        summary="results/metrics/{experiment}/summary.csv",
        outliers="results/metrics/{experiment}/outliers.csv",
        sets="results/metrics/{experiment}/set.csv",
        levels="results/metrics/{experiment}/levels.csv",
        morphology="results/metrics/{experiment}/morphology.csv",
        resegmentation="results/metrics/{experiment}/resegmentation.csv",
        controllability="results/metrics/{experiment}/controllability.csv",
        memorisation="results/metrics/{experiment}/memorisation.csv",
        scores="results/metrics/{experiment}/scores.json",
    log:
        "results/logs/score/{experiment}.log",
    benchmark:
        "results/benchmarks/score/{experiment}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    threads: 1
    resources:
        mem_mb=grows(8000),
        runtime=grows(120),
    params:
        segmentation=lambda wildcards: settings(
            CONFIG.segmentations[segmentation_behind(wildcards.experiment)]
        ),
        reference=lambda wildcards: settings(
            CONFIG.references[reference_of(wildcards.experiment)]
        ),
        layer_channel=lambda wildcards: channel_of_layers(
            reference_of(wildcards.experiment)
        ),
        # Where weights lie does not matter, only which are there.
        metrics=settings(CONFIG.metrics, "weights_dir", "download", "diversity"),
        weights=weights_state(CONFIG.metrics),
        seed=CONFIG.seed,
        threads=1,  # experiments are scored side by side, which keeps the cores busier
        code=code("score"),
    message:
        "Scoring {wildcards.experiment}"
    script:
        "../workflow/scripts/score.py"


# Several samples of some test maps -> how different they are.
rule diversity:
    input:
        weights=rules.train.output.weights,
        model=rules.train.output.model,
        tiles=lambda wildcards: expand(
            rules.tiles.output,
            dataset=CONFIG.experiments[wildcards.experiment].dataset,
        ),
    output:
        "results/metrics/{experiment}/diversity.csv",
    log:
        "results/logs/diversity/{experiment}.log",
    benchmark:
        "results/benchmarks/diversity/{experiment}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    threads: 1
    resources:
        mem_mb=grows(8000),
        runtime=grows(60),
    params:
        # A tile of its own has no seams: overlap and number at once change nothing.
        synthesis=lambda wildcards: settings(
            CONFIG.experiments[wildcards.experiment].synthesis,
            *("maps", "samples", "resample", "overlap", "batch_size"),
        ),
        metrics=CONFIG.metrics.model_dump(
            mode="json", include={"diversity", "bootstrap", "confidence"}
        ),
        weights=[weights_state(CONFIG.metrics)[name] for name in ("alexnet", "vgg16")],
        seed=CONFIG.seed,
        threads=1,
        code=code("diversity"),
        model_code=lambda wildcards: model_code("networks", wildcards.experiment),
    message:
        "Sampling the same label maps again and again ({wildcards.experiment})"
    script:
        "../workflow/scripts/diversity.py"
