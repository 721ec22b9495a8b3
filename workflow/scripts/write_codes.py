"""Write the code table of a reference."""

from cytoforge.config.references import ReferenceConfig
from cytoforge.jobs.job import job
from cytoforge.references.codes import code_table, write_codes

with job(snakemake):
    config = ReferenceConfig.model_validate(snakemake.params.reference)
    write_codes(snakemake.output[0], code_table(config))
