"""Train one generator; the same command continues an interrupted training."""

from pathlib import Path

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.training import TrainingConfig
from cytoforge.job_log import job_log
from cytoforge.metrics.lpips_distance import validation_lpips
from cytoforge.metrics.weight_files import where_weights_are
from cytoforge.seeds import derive_seed
from cytoforge.tiles.dataset import read_tiles
from cytoforge.training.run import train
from cytoforge.training.tile_data import training_data

with job_log(snakemake.log[0]) as terminal:
    weights = MetricsConfig.model_validate(where_weights_are(snakemake.config))
    config = TrainingConfig.model_validate(snakemake.params.training)
    train(
        training_data(read_tiles(Path(snakemake.input.tiles[0]).parent)),
        config,
        snakemake.params.model,
        Path(snakemake.output.weights).parent,
        snakemake.params.state,
        seed=derive_seed(snakemake.params.seed, "training", snakemake.wildcards.experiment),
        threads=config.cpu_threads,
        perceptual=validation_lpips(weights),
        terminal=terminal,
    )
