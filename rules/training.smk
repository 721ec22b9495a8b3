# Tiles -> trained generator. Progress is kept in results/state, which is not an output: when a
# job fails Snakemake deletes its outputs, and the same command continues from the state.
rule train:
    input:
        tiles=lambda wildcards: expand(
            rules.tiles.output,
            dataset=CONFIG.experiments[wildcards.experiment].dataset,
        ),
        leak_check=lambda wildcards: expand(
            rules.leak_check.output,
            dataset=CONFIG.experiments[wildcards.experiment].dataset,
        ),
    output:
        weights="results/models/{experiment}/generator.safetensors",
        model="results/models/{experiment}/model.json",
        card="results/models/{experiment}/model_card.md",
        card_json="results/models/{experiment}/model_card.json",
        history="results/models/{experiment}/history.csv",
        totals="results/models/{experiment}/training.json",
        samples=report(
            "results/models/{experiment}/samples.png",
            caption="../workflow/report/samples.rst",
            category="3 Training",
            labels={"experiment": "{experiment}", "figure": "validation samples"},
        ),
    log:
        "results/logs/train/{experiment}.log",
    benchmark:
        "results/benchmarks/train/{experiment}.tsv"
    priority: 10  # the longest job starts first
    conda:
        "../envs/cytoforge.yaml"
    threads: training_threads
    resources:
        gpu=lambda wildcards: TRAINING[wildcards.experiment].processes,
        mem_mb=grows(8000),
        runtime=1440,  # an attempt's: the next continues, and partitions have limits
    params:
        model=lambda wildcards: CONFIG.experiments[wildcards.experiment].model,
        training=lambda wildcards: settings(TRAINING[wildcards.experiment]),
        weights=training_weights,
        seed=CONFIG.seed,
        code=code("train"),
        model_code=lambda wildcards: model_code("model", wildcards.experiment),
        state=lambda wildcards: f"results/state/{wildcards.experiment}",
    message:
        "Training {wildcards.experiment}"
    script:
        "../workflow/scripts/train.py"
