# Tiles -> trained generator. Progress is kept in results/state, which is not an output: when a
# job fails Snakemake deletes its outputs, and the same command continues from the state.
rule train:
    input:
        tiles=tiles_of_model,
        leak_check=leak_check_of_model,
        # Asked for and no more: a check that measures otherwise makes no training stale.
        checks=ancient(checks_of_model),
    output:
        weights="results/models/{model}/model.safetensors",
        model="results/models/{model}/model.json",
        card="results/models/{model}/model_card.md",
        card_json="results/models/{model}/model_card.json",
        history="results/models/{model}/history.csv",
        totals="results/models/{model}/training.json",
        samples=report(
            "results/models/{model}/samples.png",
            caption="../workflow/report/samples.rst",
            category="3 Training",
            labels={"model": "{model}", "figure": "validation samples"},
        ),
    log:
        "results/logs/train/{model}.log",
    benchmark:
        "results/benchmarks/train/{model}.tsv"
    priority: 10  # the longest job starts first
    conda:
        "../envs/cytoforge.yaml"
    threads: training_threads
    resources:
        gpu=training_processes,
        mem_mb=grows(8000),
        runtime=1440,  # an attempt's: the next continues, and partitions have limits
    params:
        model=architecture,
        training=training_settings,
        weights=training_weights,
        seed=CONFIG.seed,
        code=code("train"),
        model_code=training_code,
        state=training_state,
    message:
        "Training {wildcards.model}"
    script:
        "../workflow/scripts/train.py"
