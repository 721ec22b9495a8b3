"""Measure how different the images are that a generator makes of one label map."""

from pathlib import Path

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.models import SynthesisConfig
from cytoforge.jobs.job import job
from cytoforge.metrics.diversity_run import measure_diversity
from cytoforge.pretrained.weight_files import where_weights_are

with job(snakemake):
    measure_diversity(
        Path(snakemake.input.model).parent,
        Path(snakemake.input.tiles[0]).parent,
        SynthesisConfig.model_validate(snakemake.params.synthesis),
        MetricsConfig.model_validate(
            {**snakemake.params.metrics, **where_weights_are(snakemake.config)}
        ),
        snakemake.params.seed,
        Path(snakemake.output[0]),
        threads=snakemake.params.threads,
    )
