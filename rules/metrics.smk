include: "stains.smk"
include: "map_quality.smk"
include: "utility.smk"
include: "benchmarks.smk"


# The test regions of real, made and class-mean images, as a set that is segmented like any other.
rule cut_regions:
    input:
        made="results/sets/{set}/manifest.csv",
        fields=ancient("results/sets/{set}/fields"),
        real=for_images(SEGMENTED, SPLIT_IMAGES["test"]),
        label_maps=test_maps,
        sources=test_segmentations,
        tiles=tiles_of_set,
        regions=REGIONS,
    output:
        fields=directory("results/sets/{set}.regions/fields"),
        manifest="results/sets/{set}.regions/manifest.csv",
    log:
        "results/logs/cut_regions/{set}.log",
    benchmark:
        "results/benchmarks/cut_regions/{set}.tsv"
    wildcard_constraints:
        set=one_of(SCORED),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(30),
    params:
        seed=CONFIG.seed,
        code=code("cut_regions"),
    message:
        "Cutting the test regions of {wildcards.set}"
    script:
        "../workflow/scripts/cut_regions.py"


# Real patches against unrelated and blurred ones, which no model changes: once for all sets.
rule measure_real_patches:
    input:
        real=for_images(IMAGES),
        regions=REGIONS,
    output:
        "results/real_patches/{patches}.safetensors",
    log:
        "results/logs/measure_real_patches/{patches}.log",
    benchmark:
        "results/benchmarks/measure_real_patches/{patches}.tsv"
    wildcard_constraints:
        patches=one_of(
            ["all_channels", *(f"channels_of_{name}" for name in CONFIG.datasets)]
        ),
    conda:
        "../envs/cytoforge.yaml"
    threads: 1
    resources:
        mem_mb=grows(8000),
        runtime=grows(60),
    params:
        images=SPLIT_IMAGES["test"],
        channels=channels_of_patches,
        metrics=CONFIG.metrics.model_dump(
            mode="json", include={"patch_px", "max_patches"}
        ),
        weights=WEIGHTS,
        seed=CONFIG.seed,
        threads=1,  # as in `score`
        code=code("measure_real_patches"),
    message:
        "Comparing real patches with each other ({wildcards.patches})"
    script:
        "../workflow/scripts/measure_real_patches.py"


# Real and made test regions -> a table per pair, a table per set, re-segmentation, morphology.
rule score:
    input:
        made="results/sets/{set}/manifest.csv",
        fields=ancient("results/sets/{set}/fields"),
        real=for_images(IMAGES),
        evened=evened_images,
        label_maps=test_maps,
        segmentations=all_segmentations,
        again=regions_again,
        again_folder=ancient(regions_again_folder),
        tiles=tiles_of_set,
        regions=REGIONS,
        bounds=bounds_behind_set,
        real_patches=real_patches_of_set,
    output:
        pairs="results/metrics/{set}/pairs.csv",
        summary="results/metrics/{set}/summary.csv",
        outliers="results/metrics/{set}/outliers.csv",
        sets="results/metrics/{set}/set.csv",
        levels="results/metrics/{set}/levels.csv",
        calibration="results/metrics/{set}/intensity_calibration.csv",
        morphology="results/metrics/{set}/morphology.csv",
        resegmentation="results/metrics/{set}/resegmentation.csv",
        label_fidelity="results/metrics/{set}/label_fidelity.csv",
        memorisation="results/metrics/{set}/memorisation.csv",
        realism="results/metrics/{set}/realism.csv",
        scores="results/metrics/{set}/scores.json",
    log:
        "results/logs/score/{set}.log",
    benchmark:
        "results/benchmarks/score/{set}.tsv"
    wildcard_constraints:
        set=one_of(SCORED),
    conda:
        "../envs/cytoforge.yaml"
    threads: 1
    resources:
        mem_mb=grows(8000),
        runtime=grows(120),
    params:
        segmentation=segmentation_settings_behind,
        reference=reference_settings_behind,
        layer_channel=layer_channel_behind,
        metrics=scored_metrics(),
        weights=WEIGHTS,
        seed=CONFIG.seed,
        threads=1,  # sets are scored side by side, which keeps the cores busier
        code=code("score"),
        metrics_code=metrics_code(),
    message:
        "Scoring {wildcards.set}"
    script:
        "../workflow/scripts/score.py"


# Predicted label maps against those that were rendered of the same images.
rule score_labels:
    input:
        made="results/sets/{set}/manifest.csv",
        fields=ancient("results/sets/{set}/fields"),
        label_maps=test_maps,
        codes=codes_behind,
        regions=REGIONS,
    output:
        "results/metrics/{set}/agreement.csv",
    log:
        "results/logs/score_labels/{set}.log",
    benchmark:
        "results/benchmarks/score_labels/{set}.tsv"
    wildcard_constraints:
        set=one_of(SCORED_LABELS),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(30),
    params:
        metrics=CONFIG.metrics.model_dump(mode="json", include={"confidence"}),
        code=code("score_labels"),
    message:
        "Comparing the label maps of {wildcards.set}"
    script:
        "../workflow/scripts/score_labels.py"


# Several samples of some test maps -> how different they are.
rule measure_diversity:
    input:
        weights=rules.train.output.weights,
        model=rules.train.output.model,
        tiles=tiles_of_model,
    output:
        "results/metrics/{model}/diversity.csv",
    log:
        "results/logs/measure_diversity/{model}.log",
    benchmark:
        "results/benchmarks/measure_diversity/{model}.tsv"
    wildcard_constraints:
        model=one_of(GENERATORS),
    conda:
        "../envs/cytoforge.yaml"
    threads: 1
    resources:
        mem_mb=grows(8000),
        runtime=grows(60),
    params:
        synthesis=diversity_settings,
        metrics=CONFIG.metrics.model_dump(
            mode="json", include={"diversity", "confidence"}
        ),
        weights=[WEIGHTS[name] for name in ("alexnet", "vgg16")],
        seed=CONFIG.seed,
        threads=1,
        code=code("measure_diversity"),
        model_code=networks_code,
    message:
        "Sampling the same label maps again and again ({wildcards.model})"
    script:
        "../workflow/scripts/measure_diversity.py"
