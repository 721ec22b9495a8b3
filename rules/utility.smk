include: "utility_inputs.smk"


# Real, synthetic or re-rendered images -> training tiles with their true objects.
rule cut_for_utility:
    input:
        images=images_of_kind,
        label_maps=label_maps_of_kind,
        manifest=manifest_of_kind,
        fields=ancient(fields_of_kind),
        truth=truth_of_kind,
        maps_of=maps_of_kind,
        maps_fields=ancient(maps_fields_of_kind),
        codes=codes_of_utility,
        regions=REGIONS,
    output:
        images="results/utility/{utility}/tiles/{kind}/images.npy",
        labels="results/utility/{utility}/tiles/{kind}/labels.npy",
        instances="results/utility/{utility}/tiles/{kind}/instances.npy",
        manifest="results/utility/{utility}/tiles/{kind}/manifest.csv",
        info="results/utility/{utility}/tiles/{kind}/dataset.json",
        proof="results/utility/{utility}/tiles/{kind}/leak_check.json",
    log:
        "results/logs/cut_for_utility/{utility}/{kind}.log",
    benchmark:
        "results/benchmarks/cut_for_utility/{utility}/{kind}.tsv"
    wildcard_constraints:
        kind="real|synthetic|rerendered",
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(60),
    params:
        dataset=tiles_of_kind,
        objects=objects_of_utility,
        seed=CONFIG.seed,
        code=code("cut_for_utility"),
    message:
        "Cutting the {wildcards.kind} tiles of {wildcards.utility}"
    script:
        "../workflow/scripts/cut_for_utility.py"


# Tiles of a row -> a segmenter per seed -> what each finds in held-out real regions. One job per row:
# importing torch takes as long as half of a small training, and finished seeds are kept.
rule train_for_utility:
    input:
        tiles=tiles_of_utility_row,
        arrays=arrays_of_utility_row,
        images=tested_images,
        truth=tested_truth,
        regions=REGIONS,
    output:
        table="results/utility/{utility}/rows/{row}.csv",
        costs="results/utility/{utility}/rows/{row}.json",
    log:
        "results/logs/train_for_utility/{utility}/{row}.log",
    benchmark:
        "results/benchmarks/train_for_utility/{utility}/{row}.tsv"
    wildcard_constraints:
        row=one_of({re.escape(row) for rows in UTILITY_ROWS.values() for row in rows}),
    conda:
        "../envs/cytoforge.yaml"
    threads: threads_of_utility
    resources:
        gpu=1,
        mem_mb=grows(8000),
        runtime=1440,
    params:
        row=row_settings,
        model=network_of_utility,
        training=utility_settings,
        initial=initial_of_utility,
        objects=objects_of_utility,
        seeds=lambda wildcards: utility_of(wildcards).seeds,
        seed=CONFIG.seed,
        code=code("train_for_utility"),
        model_code=utility_code,
        state=lambda wildcards: f"results/state/utility.{wildcards.utility}/{wildcards.row}",
    message:
        "Training on {wildcards.row} ({wildcards.utility})"
    script:
        "../workflow/scripts/train_for_utility.py"


# All rows -> tables, the curve, and the answers.
rule weigh_utility:
    input:
        tables=tables_of_utility,
        costs=costs_of_utility,
        tiles=tiles_of_utility,
        arrays=arrays_of_utility,
    output:
        scores="results/utility/{utility}/scores.csv",
        images="results/utility/{utility}/images.csv",
        curve="results/utility/{utility}/curve.csv",
        tiles="results/utility/{utility}/tiles.csv",
        told="results/utility/{utility}/utility.json",
    log:
        "results/logs/weigh_utility/{utility}.log",
    benchmark:
        "results/benchmarks/weigh_utility/{utility}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(2000),
        runtime=grows(20),
    params:
        settings=told_of_utility,
        confidence=CONFIG.metrics.confidence,
        code=code("weigh_utility"),
    message:
        "Comparing what is learned from real and from synthetic images ({wildcards.utility})"
    script:
        "../workflow/scripts/weigh_utility.py"
