"""Translate images into another domain with a trained model."""

from pathlib import Path

from cytoforge.config.models import SynthesisConfig
from cytoforge.jobs.job import job
from cytoforge.synthesis.translated_set import TranslationRequest, make_translated_set

with job(snakemake):
    given, params = snakemake.input, snakemake.params
    make_translated_set(
        Path(given.model).parent,
        TranslationRequest(
            model_name=params.model,
            from_domain=params.ends[0],
            to_domain=params.ends[1],
            images=[Path(path) for path in given.images],
            images_of=Path(given.images_of) if given.images_of else None,
        ),
        Path(snakemake.output.manifest).parent,
        SynthesisConfig.model_validate(params.synthesis),
        threads=params.threads,
    )
