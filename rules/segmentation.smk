# Image -> instance labels of objects, the cell-free gap, and a picture of them.
include: "gap.smk"
include: "pixel_inputs.smk"
include: "pixels.smk"


# Methods with an environment of their own: Cellpose pins another numpy, StarDist's port is compiled.
CELLPOSE_ONLY, STARDIST_ONLY = (
    [name for name, one in CONFIG.segmentations.items() if one.method == method]
    for method in ("cellpose", "stardist")
)
IN_CORE = [
    name
    for name in CONFIG.segmentations
    if name not in [*CELLPOSE_ONLY, *STARDIST_ONLY]
]
# These wait for what the run learns, of other segmentations maybe.
LEARNED = [name for name in IN_CORE if name in MODEL_USED or name in LEARNED_HERE]


rule segment:
    input:
        image=SEGMENTED,
        labels=label_files,
        model=model_used,
        classifier=classifier_of,
    output:
        segmentation="results/segmentation/{segmentation}/{image}.ome.tif",
        overlay=report(
            "results/segmentation/{segmentation}/{image}.png",
            caption="../workflow/report/overlay.rst",
            category="1 Segmentation",
            labels={"segmentation": "{segmentation}", "image": "{image}"},
        ),
    log:
        "results/logs/segment/{segmentation}/{image}.log",
    benchmark:
        "results/benchmarks/segment/{segmentation}/{image}.tsv"
    wildcard_constraints:
        segmentation=one_of(name for name in IN_CORE if name not in LEARNED),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(6000, per_megapixel=40),
        runtime=grows(5, per_megapixel=0.25),
    params:
        labels=labels_of,
        label_contents=label_contents,
        models=segmentation_networks,
        segmentation=segmentation_settings,
        strips=strips_of,
        code=code("segment"),
        method_code=method_code,
    message:
        "Segmenting {wildcards.image} ({wildcards.segmentation})"
    script:
        "../workflow/scripts/segment.py"


# Apart, so that profiles may send the jobs of the others in chunks: none of those waits for another.
use rule segment as segment_learned with:
    wildcard_constraints:
        segmentation=one_of(LEARNED),


use rule segment as segment_cellpose with:
    wildcard_constraints:
        segmentation=one_of(CELLPOSE_ONLY),
    conda:
        "../envs/cellpose.yaml"
    resources:
        gpu=1,
        mem_mb=grows(12000, per_megapixel=120),
        runtime=grows(60, per_megapixel=1),


use rule segment as segment_stardist with:
    wildcard_constraints:
        segmentation=one_of(STARDIST_ONLY),
    conda:
        "../envs/stardist.yaml"
    resources:
        gpu=1,
        mem_mb=grows(12000, per_megapixel=120),
        runtime=grows(60, per_megapixel=1),


# All images of a made set, and the test regions that are cut out for scoring: one job per set.
rule segment_set:
    input:
        manifest="results/sets/{any_set}/manifest.csv",
        fields=ancient("results/sets/{any_set}/fields"),
        sources=source_segmentations,
        model=model_used,
        classifier=classifier_of,
    output:
        # What later rules take is the table, which holds the checksum of each file: of a folder
        # Snakemake compares nothing but times.
        table="results/sets/{any_set}/segmentation/{segmentation}.csv",
        folder=directory("results/sets/{any_set}/segmentation/{segmentation}"),
    log:
        "results/logs/segment_set/{segmentation}/{any_set}.log",
    benchmark:
        "results/benchmarks/segment_set/{segmentation}/{any_set}.tsv"
    wildcard_constraints:
        segmentation=one_of(IN_CORE),
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(6000, per_megapixel=40),
        runtime=grows(60, per_megapixel=1),
    params:
        models=segmentation_networks,
        segmentation=segmentation_settings,
        code=code("segment_set"),
        method_code=method_code,
    message:
        "Segmenting {wildcards.any_set} ({wildcards.segmentation})"
    script:
        "../workflow/scripts/segment_set.py"


use rule segment_set as segment_set_cellpose with:
    wildcard_constraints:
        segmentation=one_of(CELLPOSE_ONLY),
    conda:
        "../envs/cellpose.yaml"
    resources:
        gpu=1,
        mem_mb=grows(12000, per_megapixel=120),
        runtime=grows(120),


use rule segment_set as segment_set_stardist with:
    wildcard_constraints:
        segmentation=one_of(STARDIST_ONLY),
    conda:
        "../envs/stardist.yaml"
    resources:
        gpu=1,
        mem_mb=grows(12000, per_megapixel=120),
        runtime=grows(120),


# Objects for other programs: a table, the JSON of public HoVer-Net, GeoJSON for QuPath.
rule export_objects:
    input:
        image="results/images/{image}.ome.tif",
        segmentation="results/segmentation/{segmentation}/{image}.ome.tif",
    output:
        table="results/objects/{segmentation}/{image}.csv",
        json="results/objects/{segmentation}/{image}.json",
        geojson="results/objects/{segmentation}/{image}.geojson",
    log:
        "results/logs/export_objects/{segmentation}/{image}.log",
    benchmark:
        "results/benchmarks/export_objects/{segmentation}/{image}.tsv"
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=grows(2000, per_megapixel=40),
        runtime=grows(5, per_megapixel=0.1),
    params:
        code=code("export_objects"),
    message:
        "Writing the objects of {wildcards.image} ({wildcards.segmentation})"
    script:
        "../workflow/scripts/export_objects.py"


# Of all real images and segmentations: `snakemake objects`.
rule objects:
    input:
        [
            f"results/objects/{segmentation}/{image}.csv"
            for segmentation in CONFIG.segmentations
            for image in SAMPLES
        ],
