# Trained generator -> files that run without cytoforge, each checked against it.
rule export_model:
    input:
        weights=rules.train.output.weights,
        model=rules.train.output.model,
    output:
        folder=directory("results/export/{experiment}"),
    log:
        "results/logs/export_model/{experiment}.log",
    benchmark:
        "results/benchmarks/export_model/{experiment}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(30),
    params:
        formats=lambda wildcards: list(CONFIG.experiments[wildcards.experiment].export),
        code=code("export_model"),
        model_code=lambda wildcards: model_code("networks", wildcards.experiment),
    message:
        "Exporting {wildcards.experiment}"
    script:
        "../workflow/scripts/export_model.py"
