# Label maps that were drawn -> how far they are from real ones, beside three baselines.
include: "map_quality_inputs.smk"


rule score_maps:
    input:
        manifest=manifest_of_judged,
        fields=ancient(fields_of_judged),
        maps=own_of_judged,
        label_maps=real_maps_of_judged,
        segmentations=objects_of_judged,
        codes=codes_of_drawn,
        regions=REGIONS,
    output:
        distances="results/map_quality/{set}/distances.csv",
        copies="results/map_quality/{set}/copies.csv",
        curves="results/map_quality/{set}/pair_correlation.csv",
        told="results/map_quality/{set}/map_quality.json",
        pictures=directory("results/map_quality/{set}/pictures"),
    log:
        "results/logs/score_maps/{set}.log",
    benchmark:
        "results/benchmarks/score_maps/{set}.tsv"
    wildcard_constraints:
        set=one_of(JUDGED_MAPS),
    conda:
        "../envs/cytoforge.yaml"
    threads: 1
    resources:
        mem_mb=grows(4000, per_megapixel=60),
        runtime=grows(60),
    params:
        map_contents=contents_of_judged,
        reference=rendering_of_set,
        gap=gap_rule_of_set,
        side_px=side_of_judged,
        confidence=CONFIG.metrics.confidence,
        seed=CONFIG.seed,
        code=code("score_maps"),
        control_code=code_of_control,
    message:
        "Judging the label maps of {wildcards.set}"
    script:
        "../workflow/scripts/score_maps.py"
