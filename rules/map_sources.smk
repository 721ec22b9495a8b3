# Training regions -> what a source of label maps has learned -> sets of label maps with exact objects.
rule learn_maps:
    input:
        segmentations=objects_to_learn,
        label_maps=maps_to_learn,
        codes=codes_of_dataset,
        regions=REGIONS,
    output:
        "results/map_sources/{dataset}/{map_source}.safetensors",
    log:
        "results/logs/learn_maps/{dataset}/{map_source}.log",
    benchmark:
        "results/benchmarks/learn_maps/{dataset}/{map_source}.tsv"
    wildcard_constraints:
        map_source=one_of(MAP_SOURCES),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000, per_megapixel=60),
        runtime=grows(60),
    params:
        source=lambda wildcards: wildcards.map_source,
        seed=CONFIG.seed,
        code=code("learn_maps"),
        source_code=map_source_code,
    message:
        "Learning how label maps of {wildcards.dataset} look ({wildcards.map_source})"
    script:
        "../workflow/scripts/learn_maps.py"


# What a source has learned -> label maps drawn from nothing. Sets of models are drawn by a rule of
# their own (DRAWN_BY_MODEL), with the same outputs.
rule draw_maps:
    input:
        learned=learned_of_set,
        codes=codes_of_drawn,
    output:
        fields=directory("results/sets/{set}/fields"),
        manifest="results/sets/{set}/manifest.csv",
    log:
        "results/logs/draw_maps/{set}.log",
    benchmark:
        "results/benchmarks/draw_maps/{set}.tsv"
    wildcard_constraints:
        set=one_of(DRAWN_BY_SOURCE),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(60),
    params:
        name=lambda wildcards: wildcards.set,
        source=source_of_set,
        settings=source_settings_of_set,
        seeds=drawn_seeds,
        size_px=drawn_size,
        reference=rendering_of_set,
        gap=gap_rule_of_set,
        seed=CONFIG.seed,
        code=code("draw_maps"),
        source_code=draw_code_of_set,
    message:
        "Drawing the label maps of {wildcards.set}"
    script:
        "../workflow/scripts/draw_maps.py"
