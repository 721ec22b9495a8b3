# Label maps with objects -> images of spots and where they are; two sets of images -> their sum;
# images with spots in them -> detectors compared.
include: "spot_inputs.smk"


# Label maps with objects -> images of spots in them, their masks and their coordinates.
rule draw_spots:
    input:
        maps_of=manifest_of_spot_maps,
        maps_fields=ancient(fields_of_spot_maps),
        objects=objects_of_spot_maps,
    output:
        fields=directory("results/sets/{set}/fields"),
        manifest="results/sets/{set}/manifest.csv",
    log:
        "results/logs/draw_spots/{set}.log",
    benchmark:
        "results/benchmarks/draw_spots/{set}.tsv"
    wildcard_constraints:
        set=one_of(SPOTTED),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(2000, per_megapixel=200),
        runtime=grows(30),
    params:
        spots=spot_settings,
        codes=codes_of_spot_maps,
        pixel_size_um=CONFIG.images.pixel_size_um,
        normalisation=settings(CONFIG.images.normalisation),
        seed=CONFIG.seed,
        code=code("draw_spots"),
    message:
        "Drawing the spots of {wildcards.set}"
    script:
        "../workflow/scripts/draw_spots.py"


# Two sets of images of the same maps -> their sum.
rule add_sets:
    input:
        first=first_of_sum,
        second=second_of_sum,
        images=images_of_sum,
        spots=truth_of_spots,
        parts=ancient(fields_of_sum),
    output:
        fields=directory("results/sets/{set}/fields"),
        manifest="results/sets/{set}/manifest.csv",
    log:
        "results/logs/add_sets/{set}.log",
    benchmark:
        "results/benchmarks/add_sets/{set}.tsv"
    wildcard_constraints:
        set=one_of(SUMMED),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(2000, per_megapixel=100),
        runtime=grows(30),
    params:
        parts=lambda wildcards: list(SETS[wildcards.set].sum),
        into=lambda wildcards: in_order(dict(SETS[wildcards.set].into)),
        normalisation=settings(CONFIG.images.normalisation),
        code=code("add_sets"),
    message:
        "Adding up the set {wildcards.set}"
    script:
        "../workflow/scripts/add_sets.py"


# Images in which it is known where spots are -> how well these are found.
rule score_spots:
    input:
        manifest="results/sets/{set}/manifest.csv",
        fields=ancient("results/sets/{set}/fields"),
        truth=truth_of_spots,
        truth_fields=ancient(fields_of_truth),
        detections=detection_files,
    output:
        scores="results/spot_scores/{set}/scores.csv",
        gates="results/spot_scores/{set}/gates.csv",
        classes="results/spot_scores/{set}/classes.csv",
        found="results/spot_scores/{set}/found.csv",
        told="results/spot_scores/{set}/spots.json",
    log:
        "results/logs/score_spots/{set}.log",
    benchmark:
        "results/benchmarks/score_spots/{set}.tsv"
    wildcard_constraints:
        set=one_of(SPOTS_KNOWN),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(4000, per_megapixel=200),
        runtime=grows(30),
    params:
        channel=channel_that_shows_spots,
        detections=detection_folders,
        detection_contents=detection_contents,
        metrics=CONFIG.metrics.model_dump(mode="json", include={"confidence"}),
        code=code("score_spots"),
    message:
        "Looking for the spots of {wildcards.set}"
    script:
        "../workflow/scripts/score_spots.py"
