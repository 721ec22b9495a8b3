# True objects, what each segmenter found -> scores, ranks and pictures of failures.
rule score_segmenters:
    input:
        truth=truth_of_benchmark,
        maps_of=maps_of_benchmark,
        map_fields=ancient(map_fields_of_benchmark),
        found=found_of_benchmark,
        found_folders=ancient(found_folders),
        outside=outside_inputs,
        manifest=set_of_benchmark,
        fields=ancient(fields_of_benchmark),
        images=images_of_benchmark,
        regions=regions_of_benchmark,
        real=REGIONS,
        class_maps=class_maps_of_benchmark,
        codes=codes_of_benchmark,
    output:
        scores="results/segmenter_benchmarks/{benchmark}/scores.csv",
        images="results/segmenter_benchmarks/{benchmark}/images.csv",
        ranking="results/segmenter_benchmarks/{benchmark}/ranking.csv",
        differences="results/segmenter_benchmarks/{benchmark}/differences.csv",
        classes="results/segmenter_benchmarks/{benchmark}/classes.csv",
        told="results/segmenter_benchmarks/{benchmark}/benchmark.json",
        pictures=directory("results/segmenter_benchmarks/{benchmark}/pictures"),
    log:
        "results/logs/score_segmenters/{benchmark}.log",
    benchmark:
        "results/benchmarks/score_segmenters/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=one_of(CONFIG.benchmarks),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000, per_megapixel=100),
        runtime=grows(60, per_megapixel=0.5),
    params:
        objects=objects_of_benchmark,
        segmenters=segmenters_of_benchmark,
        outside=lambda wildcards: OUTSIDE[wildcards.benchmark],
        outside_contents=outside_contents,
        skipped=skipped_in,
        told=told_of_benchmark,
        tissues=tissues_of_benchmark,
        metrics=CONFIG.metrics.model_dump(mode="json", include={"confidence"}),
        code=code("score_segmenters"),
    message:
        "Comparing segmenters ({wildcards.benchmark})"
    script:
        "../workflow/scripts/score_segmenters.py"


# All benchmarks, without the report: `snakemake segmenters`.
rule segmenters:
    input:
        expand(rules.score_segmenters.output.told, benchmark=CONFIG.benchmarks),
