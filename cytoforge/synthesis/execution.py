"""A trained model made ready for the fields of one run."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from cytoforge import seeds
from cytoforge.config.models import SynthesisConfig
from cytoforge.models.sampler import LabelsToImage
from cytoforge.networks.condition import ConditionSpec, grain_by
from cytoforge.networks.labels import encode_labels
from cytoforge.synthesis.inference import fast_network
from cytoforge.synthesis.stitch import tile_starts
from cytoforge.synthesis.trained import TrainedModel

BLOCKS_PX = (8, 32)


def accelerate(
    model: TrainedModel, config: SynthesisConfig, n_tiles: int
) -> tuple[TrainedModel, str]:
    """Return the model with the arithmetic that `config.inference` asks for, and a log line.

    `n_tiles` decides whether compiling pays. A generator whose dropout is drawn by seeds is run as
    `auto`.
    """
    sampler = model.sampler
    if not isinstance(sampler, LabelsToImage):
        return model, "inference: fp32, as trained"
    side = config.tile_px or int(model.info["tile_px"])
    seeded = config.dropout == "seeded" and config.inference == "fast"
    inference = "auto" if seeded else config.inference
    example = _example(sampler.spec, model.device, side, config.batch_size)
    network, line = fast_network(sampler.generator, example, n_tiles, inference, config.norm_stats)
    return replace(model, sampler=sampler.with_generator(network)), line


def _example(spec: ConditionSpec, device: torch.device, side: int, tiles: int) -> Tensor:
    """Return input for `fast_network`, float32 (B, K, side, side), the same in each run.

    A GPU compiles the network for as many tiles as it works on together. On a CPU, integers must
    hold what the network may meet, so there are made-up label maps: codes in blocks of two sizes,
    nothing but gap (code 0), nothing but background (code 1). Deep layers have their largest values
    on the last two.
    """
    if device.type != "cpu":
        return torch.zeros((tiles, spec.channels, side, side), device=device)
    random = seeds.generator(0, "example")
    labels = np.zeros((len(BLOCKS_PX) + 2, side, side), dtype=np.uint8)
    for tile, block in zip(labels, BLOCKS_PX, strict=False):
        codes = random.integers(0, spec.n_codes, [-(-side // block)] * 2, dtype=np.uint8)
        tile[:] = codes.repeat(block, 0).repeat(block, 1)[:side, :side]
    labels[-1] = 1
    planes = encode_labels(torch.from_numpy(labels), spec.n_codes, spec.label_input)
    x = torch.zeros((len(labels), spec.channels, side, side))
    planes = planes.repeat(1, 1 + 2 * spec.neighbours, 1, 1)  # slices like their neighbours
    x[:, spec.noise : spec.noise + planes.shape[1]] = planes
    if spec.grain:
        x[:, -spec.grain :] = torch.stack(
            [grain_by(tile, spec.grain, (side, side)) for tile in range(len(labels))]
        )
    return x


def count_tiles(sizes: Iterable[tuple[int, int]], tile_px: int, overlap: float) -> int:
    """Return how many tiles cover fields of so many rows and columns.

    >>> count_tiles([(1536, 2048)], 256, 0.5)
    165
    """
    total = 0
    for height, width in sizes:
        rows, cols = (
            len(tile_starts(max(side, tile_px), tile_px, overlap)) for side in (height, width)
        )
        total += rows * cols
    return total
