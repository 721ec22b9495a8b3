"""Find the grey values that divide cells into layers."""

from cytoforge.config.references import ReferenceConfig
from cytoforge.job import job
from cytoforge.references.bounds_file import write_bounds
from cytoforge.references.run import find_bounds
from cytoforge.split.regions_file import read_regions

with job(snakemake):
    record = find_bounds(
        snakemake.input.images,
        snakemake.input.segmentations,
        read_regions(snakemake.input.regions),
        ReferenceConfig.model_validate(snakemake.params.reference),
        snakemake.params.channel,
        where=f"references.{snakemake.wildcards.reference}.bounds",
    )
    write_bounds(snakemake.output[0], record)
