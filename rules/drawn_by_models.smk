# Trained model of label maps -> label maps drawn of seeds alone, with their objects.
rule draw_by_model:
    input:
        weights=weights_of_set,
        model=model_of_set,
    output:
        fields=directory("results/sets/{set}/fields"),
        manifest="results/sets/{set}/manifest.csv",
    log:
        "results/logs/draw_by_model/{set}.log",
    benchmark:
        "results/benchmarks/draw_by_model/{set}.tsv"
    wildcard_constraints:
        set=one_of(DRAWN_BY_MODEL),
    conda:
        "../envs/cytoforge.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=grows(4000),
        runtime=grows(60),
    params:
        name=lambda wildcards: wildcards.set,
        model=name_of_model,
        seeds=drawn_seeds,
        truncation=truncation_of_set,
        code=code("draw_by_model"),
        model_code=networks_code_of_set,
        threads=2,
    message:
        "Drawing the label maps of {wildcards.set}"
    script:
        "../workflow/scripts/draw_by_model.py"
