# Translated images, real ones of both stains, nuclei in all of them -> scores beside four baselines,
# and whether the detour over the translation pays.
rule score_translation:
    input:
        manifest="results/sets/{set}/manifest.csv",
        fields=ancient("results/sets/{set}/fields"),
        images=images_of_translation,
        regions=REGIONS,
        found=found_before,
        found_again=found_after,
        again_folders=ancient(found_after_folders),
        back=way_back,
        back_fields=ancient(way_back_fields),
        truth=true_nuclei,
        points=point_files,
        models=model_files_of_finders,
    output:
        scores="results/translation/{set}/scores.csv",
        points="results/translation/{set}/points.csv",
        detour="results/translation/{set}/detour.csv",
        told="results/translation/{set}/translation.json",
    log:
        "results/logs/score_translation/{set}.log",
    benchmark:
        "results/benchmarks/score_translation/{set}.tsv"
    wildcard_constraints:
        set=one_of(COMPARED),
    conda:
        "../envs/cytoforge.yaml"
    threads: 1
    resources:
        mem_mb=grows(8000),
        runtime=grows(120),
    params:
        target=target_of_translation,
        partners=partners_of_translation,
        registered=partners_are_registered,
        points=points_of_translation,
        point_contents=point_contents,
        second_stain=second_stain,
        segmentations={name: settings(CONFIG.segmentations[name]) for name in FINDERS},
        detour=FINDERS,
        metrics=scored_metrics(),
        weights=WEIGHTS,
        seed=CONFIG.seed,
        threads=1,
        code=code("score_translation"),
        metrics_code=metrics_code()["set_metrics"],
        method_code=code_of_finders(),
    message:
        "Scoring the translation {wildcards.set}"
    script:
        "../workflow/scripts/score_translation.py"
