"""Diversity of one model: from its model folder and its tiles to diversity.csv."""

from pathlib import Path

import numpy as np
import torch

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.models import SynthesisConfig
from cytoforge.jobs.atomic import write_text
from cytoforge.metrics.diversity import DiversityInputs, Sampler, diversity_table
from cytoforge.pretrained.lpips import load_lpips
from cytoforge.synthesis.trained import TrainedModel, load_trained
from cytoforge.tiles.tile_set import read_tiles


def measure_diversity(
    model: Path,
    tiles: Path,
    synthesis: SynthesisConfig,
    config: MetricsConfig,
    seed: int,
    output: Path,
    threads: int = 2,
) -> None:
    """Write diversity.csv (see `diversity_table`) of the generator in a model folder.

    Samples are drawn as synthesis draws them: noise, appearance features and dropout as the model
    has them.

    threads : CPU threads, a constant because sums depend on it
    """
    torch.set_num_threads(threads)
    inputs = DiversityInputs(
        sample=_sampler(load_trained(model), synthesis),
        tiles=read_tiles(tiles),
        nets={"alex": load_lpips("alex", config), "vgg": load_lpips("vgg", config)},
    )
    table = diversity_table(inputs, config, seed)
    write_text(output, table.to_csv(index=False, lineterminator="\n", float_format="%.8g"))


def _sampler(model: TrainedModel, synthesis: SynthesisConfig) -> Sampler:
    def sample(
        labels: np.ndarray, instances: np.ndarray, seed: int, neighbours: np.ndarray | None = None
    ) -> np.ndarray:
        return model.field(
            labels, seed, instances=instances, neighbours=neighbours, config=synthesis
        )

    return sample
