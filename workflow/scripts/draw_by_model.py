"""Draw a set of label maps with a trained model."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.synthesis.drawn_set import make_drawn_set

with job(snakemake):
    params = snakemake.params
    make_drawn_set(
        Path(snakemake.input.model).parent,
        params.name,
        params.seeds,
        Path(snakemake.output.manifest).parent,
        model_name=params.model,
        truncation=params.truncation,
        threads=params.threads,
    )
