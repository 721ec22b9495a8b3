# Volumes of other formats (NRRD, MetaImage, DICOM) -> NIfTI, once; all other rules take that.
rule convert_volume:
    input:
        files_at_the_door,
    output:
        volume="results/nifti/{place}/{volume}.nii.gz",
        about="results/nifti/{place}/{volume}.json",
    log:
        "results/logs/convert_volume/{place}_{volume}.log",
    benchmark:
        "results/benchmarks/convert_volume/{place}_{volume}.tsv"
    wildcard_constraints:
        place=one_of(sorted({Path(path).parent.name for path in AT_THE_DOOR})),
        volume="[^/]+",
    conda:
        "../envs/volume_formats.yaml"
    resources:
        mem_mb=grows(8000),
        runtime=grows(20),
    params:
        source=source_at_the_door,
        contents=contents_at_the_door,
        code=code("convert_volume"),
        format_code=volume_format_code,
    message:
        "Reading the volume {wildcards.volume}"
    script:
        "../workflow/scripts/convert_volume.py"
