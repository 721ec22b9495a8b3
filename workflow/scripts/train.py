"""Train one generator; the same command continues an interrupted training."""

from pathlib import Path

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.training import TrainingConfig
from cytoforge.job_log import job_log
from cytoforge.metrics.lpips_distance import validation_lpips
from cytoforge.seeds import derive_seed
from cytoforge.training.run import train

with job_log(snakemake.log[0]):
    train(
        Path(snakemake.input.tiles[0]).parent,
        TrainingConfig.model_validate(snakemake.params.training),
        snakemake.params.model,
        Path(snakemake.output.weights).parent,
        snakemake.params.state,
        seed=derive_seed(snakemake.params.seed, "training", snakemake.wildcards.experiment),
        threads=snakemake.params.threads,
        perceptual=validation_lpips(MetricsConfig.model_validate(snakemake.params.metrics)),
    )
