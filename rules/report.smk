# Everything -> one self-contained page to read, its figures as files, its tables as CSV.
from cytoforge.report.render import templates_hash


rule write_report:
    input:
        images=every_image,
        overlays=every_overlay,
        gaps=gap_series(),
        previews=every_preview,
        regions=REGIONS,
        checks=expand(
            rules.judge_segmentation.output,
            segmentation=segmentations_in_use(),
        ),
        leak_checks=expand(
            rules.check_leaks.output, dataset=needed(CONFIG.models, "dataset")
        ),
        models=expand(rules.train.output, model=CONFIG.models),
        sets=expand(rules.synthesize.output.manifest, set=MADE),
        fields=ancient(expand(rules.synthesize.output.fields, set=MADE)),
        metrics=expand(rules.score.output, set=SCORED),
        agreement=expand(rules.score_labels.output, set=SCORED_LABELS),
        diversity=expand(rules.measure_diversity.output, model=GENERATORS),
        comparison=rules.compare_models.output,
        translations=expand(rules.score_translation.output, set=COMPARED),
        drawn_maps=expand(rules.score_maps.output, set=JUDGED_MAPS),
        utility=expand(rules.weigh_utility.output, utility=CONFIG.utility),
        spots=expand(rules.score_spots.output, set=SPOTS_KNOWN),
        spot_fields=ancient(fields_of(SPOTS_KNOWN)),
        segmenters=expand(
            rules.score_segmenters.output.told, benchmark=CONFIG.benchmarks
        ),
        failures=ancient(
            expand(rules.score_segmenters.output.pictures, benchmark=CONFIG.benchmarks)
        ),
        volumes=expand(rules.score_volumes.output[:5], set=SCORED_VOLUMES),
        planes=ancient(expand(rules.score_volumes.output.planes, set=SCORED_VOLUMES)),
    output:
        page=report(
            "results/report/index.html",
            caption="../workflow/report/index.rst",
            category="0 Report",
            labels={"page": "all results"},
        ),
        figures=directory("results/report/figures"),
        tables=directory("results/report/tables"),
        blinded=directory("results/report/blinded"),
    log:
        "results/logs/write_report.log",
    benchmark:
        "results/benchmarks/write_report.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000, per_megapixel=30),
        runtime=grows(30),
    params:
        config=CONFIG.model_dump(mode="json", exclude={"plugins"}),
        templates=templates_hash(),
        code=code("write_report"),
    message:
        "Writing the report"
    script:
        "../workflow/scripts/write_report.py"
