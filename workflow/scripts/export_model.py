"""Export a trained generator to files that run without cytoforge."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.synthesis.model_export import export_generator

with job(snakemake):
    export_generator(
        Path(snakemake.input.model).parent,
        snakemake.output.folder,
        tuple(snakemake.params.formats),
    )
