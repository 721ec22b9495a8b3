# Scores and costs of all models -> ranks, differences, budgets and verdicts.
rule compare_models:
    input:
        models=expand(rules.train.output.model, model=GENERATORS),
        totals=expand(rules.train.output.totals, model=GENERATORS),
        histories=expand(rules.train.output.history, model=GENERATORS),
        scores=expand(rules.score.output.scores, set=GENERATORS),
        diversity=expand(rules.measure_diversity.output, model=GENERATORS),
        found_again=[
            told[key] for told in FOUND_AGAIN.values() for key in ("made", "real")
        ],
    output:
        ranking="results/comparison/ranking.csv",
        differences="results/comparison/differences.csv",
        budgets="results/comparison/budgets.csv",
        costs="results/comparison/costs.csv",
        verdicts="results/comparison/verdicts.csv",
    log:
        "results/logs/compare_models.log",
    benchmark:
        "results/benchmarks/compare_models.tsv"
    conda:
        "../envs/cytoforge.yaml"
    threads: 1
    resources:
        mem_mb=grows(4000),
        runtime=grows(30),
    params:
        models={
            name: {
                "dataset": CONFIG.models[name].dataset,
                "architecture": CONFIG.models[name].model,
                "preset": CONFIG.models[name].preset,
            }
            for name in GENERATORS
        },
        found_again=FOUND_AGAIN,
        confidence=CONFIG.metrics.confidence,
        code=code("compare_models"),
    message:
        "Comparing the models"
    script:
        "../workflow/scripts/compare_models.py"
