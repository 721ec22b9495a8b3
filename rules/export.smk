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
        formats=export_formats,
        code=code("export_model"),
        model_code=networks_code,
    message:
        "Exporting {wildcards.model}"
    script:
        "../workflow/scripts/export_model.py"
