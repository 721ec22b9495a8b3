# Images, label maps and instances -> tiles of one size and a manifest: source, row, column, split.
rule tiles:
    input:
        images=for_images("results/images/{image}.ome.tif"),
        label_maps=lambda wildcards: for_images(
            "results/references/{reference}/{image}.tif",
            reference=CONFIG.datasets[wildcards.dataset].reference,
        ),
        segmentations=lambda wildcards: for_images(
            "results/segmentation/{segmentation}/{image}.ome.tif",
            segmentation=segmentation_of_tiles(wildcards.dataset),
        ),
        codes=lambda wildcards: expand(
            "results/references/{reference}/codes.json",
            reference=CONFIG.datasets[wildcards.dataset].reference,
        ),
        regions="results/split/regions.csv",
    output:
        images="results/tiles/{dataset}/images.npy",
        labels="results/tiles/{dataset}/labels.npy",
        instances="results/tiles/{dataset}/instances.npy",
        manifest="results/tiles/{dataset}/manifest.csv",
        info="results/tiles/{dataset}/dataset.json",
    log:
        "results/logs/tiles/{dataset}.log",
    benchmark:
        "results/benchmarks/tiles/{dataset}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(60),
    params:
        dataset=lambda wildcards: settings(
            CONFIG.datasets[wildcards.dataset], "export_pairs"
        ),
        seed=CONFIG.seed,
        code=code("tiles"),
    message:
        "Cutting the tiles of {wildcards.dataset}"
    script:
        "../workflow/scripts/tiles.py"


# Proof that no split has seen another's pixels; training does not start without it.
rule leak_check:
    input:
        tiles=rules.tiles.output,
        regions="results/split/regions.csv",
    output:
        "results/tiles/{dataset}/leak_check.json",
    log:
        "results/logs/leak_check/{dataset}.log",
    benchmark:
        "results/benchmarks/leak_check/{dataset}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(20),
    params:
        split=settings(CONFIG.split),
        code=code("leak_check"),
    message:
        "Checking {wildcards.dataset} for leaks between splits"
    script:
        "../workflow/scripts/leak_check.py"


# Side-by-side A|B images for other pix2pix programs.
rule export_pairs:
    input:
        tiles=rules.tiles.output,
    output:
        directory("results/tiles/{dataset}/export"),
    log:
        "results/logs/export_pairs/{dataset}.log",
    benchmark:
        "results/benchmarks/export_pairs/{dataset}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(60),
    params:
        code=code("export_pairs"),
    message:
        "Exporting {wildcards.dataset} as side-by-side images"
    script:
        "../workflow/scripts/export_pairs.py"
