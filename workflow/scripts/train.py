"""Train one generator; the same command continues an interrupted training."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.pretrained.weight_files import where_weights_are
from cytoforge.seeds import derive_seed
from cytoforge.training.launch import TrainJob, launch

with job(snakemake) as terminal:
    launch(
        TrainJob(
            tiles=str(Path(snakemake.input.tiles[0]).parent),
            output=str(Path(snakemake.output.weights).parent),
            state=snakemake.params.state,
            model=snakemake.params.model,
            training=snakemake.params.training,
            weights=where_weights_are(snakemake.config),
            seed=derive_seed(snakemake.params.seed, "training", snakemake.wildcards.model),
        ),
        terminal,
    )
