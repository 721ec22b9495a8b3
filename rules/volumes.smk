include: "volume_formats.smk"


# Volumes: what is measured of a whole one before its slices become images.
rule measure_volume:
    input:
        files=files_of_volume,
        mask=mask_files,
    output:
        mask="results/volumes/{volume}/body.nii.gz",
        facts="results/volumes/{volume}/body.json",
    log:
        "results/logs/measure_volume/{volume}.log",
    benchmark:
        "results/benchmarks/measure_volume/{volume}.tsv"
    wildcard_constraints:
        volume=one_of(VOLUMES),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(2000),
        runtime=grows(20),
    params:
        files=sources_of_volume,
        mask=mask_of_volume,
        axis=axis_of_volume,
        learned_from=lambda wildcards: learned_slices(
            CONFIG.split, SAMPLES.values(), wildcards.volume, SPLIT_IMAGES["train"]
        ),
        contents=contents_of_volume,
        images=settings_of_volume,
        code=code("measure_volume"),
    message:
        "Measuring the volume {wildcards.volume}"
    script:
        "../workflow/scripts/measure_volume.py"


# The slices of a set -> volumes on the grid of their labels.
rule stack_volumes:
    input:
        manifest="results/sets/{set}/manifest.csv",
        fields=ancient("results/sets/{set}/fields"),
        grids=grid_files_of_set,
    output:
        volumes=directory("results/sets/{set}/volumes"),
        table="results/sets/{set}/volumes.csv",
    log:
        "results/logs/stack_volumes/{set}.log",
    benchmark:
        "results/benchmarks/stack_volumes/{set}.tsv"
    wildcard_constraints:
        set=one_of(STACKED),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(60),
    params:
        places=places_of_slices,
        grids=grids_of_set,
        contents=grid_contents,
        values=label_values,
        code=code("stack_volumes"),
    message:
        "Stacking the slices of {wildcards.set} to volumes"
    script:
        "../workflow/scripts/stack_volumes.py"


# Made volumes against the real ones: in the body, per organ, from slice to slice and across slices.
rule score_volumes:
    input:
        table="results/sets/{set}/volumes.csv",
        volumes=ancient("results/sets/{set}/volumes"),
        files=files_of_reals,
        bodies=bodies_of_reals,
    output:
        volumes="results/volume_scores/{set}/volumes.csv",
        organs="results/volume_scores/{set}/organs.csv",
        samples="results/volume_scores/{set}/samples.csv",
        reslices="results/volume_scores/{set}/reslices.csv",
        summary="results/volume_scores/{set}/summary.csv",
        planes=directory("results/volume_scores/{set}/planes"),
    log:
        "results/logs/score_volumes/{set}.log",
    benchmark:
        "results/benchmarks/score_volumes/{set}.tsv"
    wildcard_constraints:
        set=one_of(SCORED_VOLUMES),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(3000),
        runtime=grows(60),
    params:
        reals=reals_of_set,
        contents=contents_of_reals,
        classes=classes_of_labels,
        noun=unit_of_volumes(),
        metrics=CONFIG.metrics.model_dump(
            mode="json", include={"patch_px", "confidence"}
        ),
        weights=[WEIGHTS[name] for name in ("vgg16", "inception")],
        seed=CONFIG.seed,
        threads=1,
        code=code("score_volumes"),
        metrics_code=metrics_code()["set_metrics"],
    message:
        "Scoring the volumes of {wildcards.set}"
    script:
        "../workflow/scripts/score_volumes.py"
