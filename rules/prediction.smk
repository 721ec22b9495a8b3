# The other direction: test images + trained network -> predicted label maps and how well they agree
# with those of the segmentation.
rule predict:
    input:
        weights=rules.train.output.weights,
        model=rules.train.output.model,
        images=for_images("results/images/{image}.ome.tif", SPLIT_IMAGES["test"]),
        label_maps=lambda wildcards: for_images(
            "results/references/{reference}/{image}.tif",
            SPLIT_IMAGES["test"],
            reference=reference_of(wildcards.model),
        ),
        codes=lambda wildcards: expand(
            rules.codes.output, reference=reference_of(wildcards.model)
        ),
        regions="results/split/regions.csv",
    output:
        # One folder, for the reason given beside synthesize's.
        label_maps=directory("results/predictions/{model}/label_maps"),
        agreement="results/predictions/{model}/agreement.csv",
    log:
        "results/logs/predict/{model}.log",
    benchmark:
        "results/benchmarks/predict/{model}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=grows(6000),
        runtime=grows(120),
    params:
        synthesis=lambda wildcards: settings(
            CONFIG.models[wildcards.model].synthesis,
            "maps",
            "samples",
            "resample",
        ),
        metrics=CONFIG.metrics.model_dump(
            mode="json", include={"bootstrap", "confidence"}
        ),
        seed=CONFIG.seed,
        threads=2,
        code=code("predict"),
        model_code=lambda wildcards: model_code("networks", wildcards.model),
    message:
        "Predicting label maps of the test images ({wildcards.model})"
    script:
        "../workflow/scripts/predict.py"
