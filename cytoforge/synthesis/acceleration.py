"""A trained generator made ready for the fields of one run."""

from collections.abc import Iterable
from dataclasses import replace

import torch

from cytoforge.config.experiments import SynthesisConfig
from cytoforge.networks.inference import fast_network
from cytoforge.synthesis.generator import TrainedGenerator
from cytoforge.synthesis.stitch import tile_starts


def accelerate(
    generator: TrainedGenerator, config: SynthesisConfig, n_tiles: int
) -> tuple[TrainedGenerator, str]:
    """Return the generator with the arithmetic that `config.inference` asks for, and a log line.

    `n_tiles` decides whether compiling pays; a generator whose dropout is drawn by seeds is never
    compiled.
    """
    side = config.tile_px or int(generator.info["tile_px"])
    # A GPU works on many tiles together, and is compiled for that many.
    size = 1 if generator.device.type == "cpu" else config.batch_size
    example = torch.zeros((size, generator.spec.channels, side, side), device=generator.device)
    seeded = config.dropout == "seeded" and config.inference == "fast"
    inference = "auto" if seeded else config.inference
    network, line = fast_network(generator.network, example, n_tiles, inference, config.norm_stats)
    return replace(generator, network=network), line


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
