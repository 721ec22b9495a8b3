"""Export a trained generator to files that run without cytoforge."""

from pathlib import Path

from cytoforge.job_log import job_log
from cytoforge.synthesis.export import export_generator

with job_log(snakemake.log[0]):
    export_generator(
        Path(snakemake.input.model).parent,
        snakemake.output.folder,
        tuple(snakemake.params.formats),
    )
