# Segmentations of a time series -> how the gap closes: tables and a figure.
rule measure_gap:
    input:
        segmentations=frames_segmented,
    output:
        frames="results/gap/{segmentation}/frames.csv",
        series="results/gap/{segmentation}/series.csv",
        widths="results/gap/{segmentation}/widths.csv",
        figure="results/gap/{segmentation}/gap.svg",
        paper="results/gap/{segmentation}/gap.pdf",
    log:
        "results/logs/measure_gap/{segmentation}.log",
    benchmark:
        "results/benchmarks/measure_gap/{segmentation}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000, per_megapixel=40),
        runtime=grows(30, per_megapixel=0.1),
    params:
        frames=[list(astuple(frame)) for frame in FRAMES],
        code=code("measure_gap"),
    message:
        "Measuring how the gap closes ({wildcards.segmentation})"
    script:
        "../workflow/scripts/measure_gap.py"
