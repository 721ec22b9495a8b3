include: "map_sources.smk"
include: "spots.smk"


# Trained model + label maps -> a set of images with provenance; or + images -> predicted label maps.
rule synthesize:
    input:
        weights=weights_of_set,
        model=model_of_set,
        maps=maps_of_set,
        instances=instances_of_maps,
        images=images_of_maps,
        maps_of=manifest_of_maps,
        images_of=manifest_of_images,
        source_fields=ancient(fields_of_source),
        label_volumes=label_volumes_of_set,
    output:
        # One folder, not a list of files: Snakemake would search all of them for every file that a
        # later rule takes. Those take the manifest, which holds the checksum of each.
        fields=directory("results/sets/{set}/fields"),
        manifest="results/sets/{set}/manifest.csv",
    log:
        "results/logs/synthesize/{set}.log",
    benchmark:
        "results/benchmarks/synthesize/{set}.tsv"
    wildcard_constraints:
        set=one_of(
            name for name in MADE if SETS[name].images_by or SETS[name].labels_by
        ),
    conda:
        "../envs/cytoforge.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=grows(6000),
        runtime=grows(120),
    params:
        model=name_of_model,
        map_contents=map_contents,
        synthesis=synthesis_settings,
        samples=sample_numbers,
        resample=resampled_codes,
        volumes=volumes_of_slices,
        places=places_of_set,
        place_contents=place_contents_of_set,
        plane=CONFIG.images.volumes.plane,
        seed=CONFIG.seed,
        code=code("synthesize"),
        model_code=networks_code_of_set,
        threads=2,
    message:
        "Making the set {wildcards.set}"
    script:
        "../workflow/scripts/synthesize.py"


# Trained translator + images of one domain -> the same images of the other.
rule translate:
    input:
        weights=weights_of_set,
        model=model_of_set,
        images=images_to_translate,
        images_of=manifest_of_images,
        source_fields=ancient(fields_of_source),
    output:
        fields=directory("results/sets/{set}/fields"),
        manifest="results/sets/{set}/manifest.csv",
    log:
        "results/logs/translate/{set}.log",
    benchmark:
        "results/benchmarks/translate/{set}.tsv"
    wildcard_constraints:
        set=one_of(TRANSLATED),
    conda:
        "../envs/cytoforge.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=grows(6000, per_megapixel=60),
        runtime=grows(120),
    params:
        model=name_of_model,
        ends=ends_of_set,
        synthesis=synthesis_settings,
        code=code("translate"),
        model_code=networks_code_of_set,
        threads=2,
    message:
        "Translating the images of the set {wildcards.set}"
    script:
        "../workflow/scripts/translate.py"


# Regions of the splits in a set's images: those of the real images behind them.
rule split_set:
    input:
        manifests=manifests_in_set,
        fields=ancient(fields_in_set),
        regions=REGIONS,
    output:
        "results/sets/{set}/regions.csv",
    log:
        "results/logs/split_set/{set}.log",
    benchmark:
        "results/benchmarks/split_set/{set}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(2000),
        runtime=grows(10),
    params:
        prefixes=prefixes_in_set,
        with_real=has_real_images,
        split=settings(CONFIG.split),
        seed=CONFIG.seed,
        code=code("split_set"),
    message:
        "Dividing {wildcards.set} into train, val and test"
    script:
        "../workflow/scripts/split_set.py"
