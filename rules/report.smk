# Everything -> one self-contained page a person reads.
rule report:
    input:
        images=for_images("results/images/{image}.ome.tif"),
        overlays=expand(
            "results/segmentation/{segmentation}/{image}.png",
            segmentation=needed(CONFIG.references, "segmentation"),
            image=SAMPLES,
        ),
        previews=expand(
            "results/references/{reference}/{image}.png",
            reference=needed(CONFIG.datasets, "reference"),
            image=SAMPLES,
        ),
        regions="results/split/regions.csv",
        leak_checks=expand(
            rules.leak_check.output, dataset=needed(CONFIG.experiments, "dataset")
        ),
        models=expand(rules.train.output, experiment=CONFIG.experiments),
        synthesis=expand(rules.synthesize.output, experiment=GENERATORS),
        samples=further_samples(),
        own=expand(
            "results/synthesis/{experiment}/own",
            experiment=[name for name, maps in OWN_MAPS.items() if maps],
        ),
        metrics=expand(rules.score.output, experiment=GENERATORS),
        diversity=expand(rules.diversity.output, experiment=GENERATORS),
        predictions=expand(rules.predict.output, experiment=PREDICTORS),
    output:
        report(
            "results/report/index.html",
            caption="../workflow/report/index.rst",
            category="0 Report",
            labels={"page": "all results"},
        ),
    log:
        "results/logs/report.log",
    benchmark:
        "results/benchmarks/report.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(30),
    params:
        config=settings(CONFIG),
        templates=templates_hash(),
        code=code("report"),
    message:
        "Writing the report"
    script:
        "../workflow/scripts/report.py"
