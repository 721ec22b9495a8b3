"""Scores on the val tiles, and what they decide: the best checkpoint and when to stop."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cytoforge.config.training import TrainingConfig
from cytoforge.models.model import Batch, Model
from cytoforge.networks.layers import prepare_inference
from cytoforge.training.data import TrainingData, as_batch

Perceptual = Callable[[Tensor, Tensor], float]
"""Mean perceptual distance of two batches, float32 (B, C, H, W) in [0, 1], on any device."""

BATCH = 8  # tiles generated at once; bounds the memory


@dataclass(frozen=True)
class Scores:
    """Means over the val tiles, images in [0, 1]; None where there is nothing to compute."""

    l1: float | None = None
    lpips: float | None = None


def generate_tiles(model: Model, network: nn.Module, tiles: Batch) -> Tensor:
    """Return what a generator makes of N tiles, float32 (N, ·, H, W) in [0, 1].

    With running statistics; a tile's seed is its number. The network is left as it was found.
    """
    training = network.training
    prepare_inference(network, "running")
    with torch.inference_mode():
        batches = [
            model.outputs(network, tiles.rows(own), own.tolist())
            for own in torch.arange(len(tiles.labels)).split(BATCH)
        ]
    network.train(training)
    return torch.cat(batches) * 0.5 + 0.5


def validate(
    model: Model,
    network: nn.Module,
    data: TrainingData,
    device: torch.device,
    perceptual: Perceptual | None,
) -> Scores:
    """Score a generator on the val tiles."""
    if len(data.val_images) == 0:
        return Scores()
    tiles = as_batch(data.val_images, data.val_labels, data.val_instances, device)
    real = model.targets(tiles) * 0.5 + 0.5
    fake = generate_tiles(model, network, tiles)
    l1 = float((fake - real).abs().mean(dtype=torch.float64))
    if perceptual is None:
        return Scores(l1)
    pairs = zip(fake.split(BATCH), real.split(BATCH), strict=True)
    with torch.inference_mode():
        total = sum(perceptual(made, true) * len(made) for made, true in pairs)
    return Scores(l1, total / len(real))


def selection_score(config: TrainingConfig, scores: Scores) -> float | None:
    """Return the score that names the best checkpoint (less is better), None for `last`."""
    if config.selection == "last":
        return None
    return scores.lpips if config.selection == "lpips" and scores.lpips is not None else scores.l1
