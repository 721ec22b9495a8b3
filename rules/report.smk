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
            rules.leak_check.output, dataset=needed(CONFIG.models, "dataset")
        ),
        models=expand(rules.train.output, model=CONFIG.models),
        synthesis=expand(rules.synthesize.output.manifest, model=GENERATORS),
        fields=ancient(expand("results/synthesis/{model}/fields", model=GENERATORS)),
        samples=further_samples("manifest.csv"),
        sample_fields=ancient(further_samples("fields")),
        own=of_own_maps("manifest.csv"),
        own_fields=ancient(of_own_maps("fields")),
        metrics=expand(rules.score.output, model=GENERATORS),
        diversity=expand(rules.diversity.output, model=GENERATORS),
        predictions=expand(rules.predict.output.agreement, model=PREDICTORS),
        predicted=ancient(
            expand("results/predictions/{model}/label_maps", model=PREDICTORS)
        ),
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
