"""Synthesise fields from label maps: pairs of image and label map with their pedigree."""

from pathlib import Path

from cytoforge.config.experiments import SynthesisConfig
from cytoforge.job_log import job_log
from cytoforge.synthesis.run import synthesise_all

with job_log(snakemake.log[0]):
    synthesise_all(
        Path(snakemake.input.model[0]).parent,
        snakemake.input.label_maps,
        snakemake.input.images,
        Path(snakemake.output.manifest).parent,
        SynthesisConfig.model_validate(snakemake.params.synthesis),
        experiment=snakemake.wildcards.experiment,
        seed=snakemake.params.seed,
        threads=snakemake.params.threads,
    )
