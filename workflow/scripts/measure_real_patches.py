"""Measure real patches against unrelated and blurred ones, for the scores of all sets."""

from pathlib import Path

from cytoforge.config.metrics import MetricsConfig
from cytoforge.jobs.job import job
from cytoforge.metrics.real_patches import measure_real_patches
from cytoforge.pretrained.weight_files import where_weights_are

with job(snakemake):
    given, params = snakemake.input, snakemake.params
    measure_real_patches(
        {Path(path).name.split(".")[0]: Path(path) for path in given.real},
        Path(given.regions),
        params.images,
        params.channels,
        MetricsConfig.model_validate({**params.metrics, **where_weights_are(snakemake.config)}),
        params.seed,
        Path(snakemake.output[0]),
        threads=params.threads,
    )
