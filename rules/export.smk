# Trained generator -> files that run without cytoforge, each checked against it.
rule export_model:
    input:
        weights=rules.train.output.weights,
        model=rules.train.output.model,
    output:
        folder=directory("results/export/{model}"),
    log:
        "results/logs/export_model/{model}.log",
    benchmark:
        "results/benchmarks/export_model/{model}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(30),
    params:
        formats=lambda wildcards: list(CONFIG.models[wildcards.model].export),
        code=code("export_model"),
        model_code=lambda wildcards: model_code("networks", wildcards.model),
    message:
        "Exporting {wildcards.model}"
    script:
        "../workflow/scripts/export_model.py"
