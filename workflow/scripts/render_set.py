"""Render the label maps of all images of a set."""

from cytoforge.config.references import ReferenceConfig
from cytoforge.jobs.job import job
from cytoforge.references.of_set import render_set

with job(snakemake):
    render_set(
        snakemake.input.manifest,
        snakemake.input.segmentations,
        ReferenceConfig.model_validate(snakemake.params.reference),
        snakemake.params.channel,
        snakemake.input.get("bounds") or None,
        snakemake.output.table,
    )
