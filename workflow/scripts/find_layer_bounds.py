"""Find the grey values that divide cells into layers."""

from cytoforge.config.references import ReferenceConfig
from cytoforge.jobs.job import job
from cytoforge.references.bounds_file import record_bounds, write_bounds
from cytoforge.references.means_file import read_means

with job(snakemake):
    record = record_bounds(
        read_means(snakemake.input[0]),
        ReferenceConfig.model_validate(snakemake.params.reference),
        where=f"references.{snakemake.wildcards.reference}.bounds",
    )
    write_bounds(snakemake.output[0], record)
