# Images, label maps and instances -> tiles of one size and a manifest: source, row, column, split.
rule cut_tiles:
    input:
        images=images_of_dataset,
        label_maps=label_maps_of_dataset,
        segmentations=segmentations_of_dataset,
        made=files_of_made,
        made_fields=ancient(fields_of_dataset),
        codes=codes_of_dataset,
        regions=regions_of_dataset,
        label_volumes=label_volumes_of_dataset,
    output:
        images="results/tiles/{dataset}/images.npy",
        labels="results/tiles/{dataset}/labels.npy",
        instances="results/tiles/{dataset}/instances.npy",
        manifest="results/tiles/{dataset}/manifest.csv",
        info="results/tiles/{dataset}/dataset.json",
    log:
        "results/logs/cut_tiles/{dataset}.log",
    benchmark:
        "results/benchmarks/cut_tiles/{dataset}.tsv"
    wildcard_constraints:
        dataset=one_of(
            n for n in CONFIG.datasets if n not in DOMAINS and n not in OF_SLICES
        ),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(60),
    params:
        dataset=dataset_settings,
        made=made_of_dataset,
        domains=domains_of_maps,
        places=places_of_dataset,
        place_contents=place_contents_of_dataset,
        seed=CONFIG.seed,
        code=code("cut_tiles"),
    message:
        "Cutting the tiles of {wildcards.dataset}"
    script:
        "../workflow/scripts/cut_tiles.py"


# The same of slices whose models see the label slices around them.
use rule cut_tiles as cut_slices with:
    output:
        images="results/tiles/{dataset}/images.npy",
        labels="results/tiles/{dataset}/labels.npy",
        neighbours="results/tiles/{dataset}/neighbours.npy",
        instances="results/tiles/{dataset}/instances.npy",
        manifest="results/tiles/{dataset}/manifest.csv",
        info="results/tiles/{dataset}/dataset.json",
    wildcard_constraints:
        dataset=one_of(OF_SLICES),


# Images of two domains -> the same; partners are laid onto each other where that is asked for.
rule cut_domains:
    input:
        images=images_of_both,
        regions=REGIONS,
    output:
        images="results/tiles/{dataset}/images.npy",
        manifest="results/tiles/{dataset}/manifest.csv",
        info="results/tiles/{dataset}/dataset.json",
    log:
        "results/logs/cut_domains/{dataset}.log",
    benchmark:
        "results/benchmarks/cut_domains/{dataset}.tsv"
    wildcard_constraints:
        dataset=one_of(DOMAINS),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000, per_megapixel=80),
        runtime=grows(120),
    params:
        dataset=dataset_settings,
        domains=domains_of_dataset,
        seed=CONFIG.seed,
        code=code("cut_domains"),
    message:
        "Cutting the tiles of {wildcards.dataset}, two domains"
    script:
        "../workflow/scripts/cut_domains.py"


# Proof that no split has seen another's pixels; training does not start without it.
rule check_leaks:
    input:
        tiles=tiles_of_dataset,
        regions=regions_of_dataset,
    output:
        "results/tiles/{dataset}/leak_check.json",
    log:
        "results/logs/check_leaks/{dataset}.log",
    benchmark:
        "results/benchmarks/check_leaks/{dataset}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000),
        runtime=grows(20),
    params:
        split=settings(CONFIG.split),
        cut=sorted(CUT_IMAGES) if CONFIG.split.by != "blocks" else [],
        code=code("check_leaks"),
    message:
        "Checking {wildcards.dataset} for leaks between splits"
    script:
        "../workflow/scripts/check_leaks.py"


# Side-by-side A|B images for other pix2pix programs.
rule export_pairs:
    input:
        tiles=rules.cut_tiles.output,
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
