"""Synthesise fields from label maps: pairs of image and label map with their pedigree."""

from pathlib import Path

from cytoforge.config.models import SynthesisConfig
from cytoforge.jobs.job import job
from cytoforge.synthesis.run import synthesise_all

with job(snakemake):
    synthesise_all(
        Path(snakemake.input.model).parent,
        snakemake.input.label_maps,
        snakemake.input.images,
        Path(snakemake.output.manifest).parent,
        SynthesisConfig.model_validate(snakemake.params.synthesis),
        model_name=snakemake.wildcards.model,
        seed=snakemake.params.seed,
        instance_paths=snakemake.input.instances,
        samples=snakemake.params.samples,
        threads=snakemake.params.threads,
    )
