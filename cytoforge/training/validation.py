"""Scores on all val tiles, and what they decide: the best checkpoint and when to stop."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from cytoforge.config.task import task_of
from cytoforge.config.training import TrainingConfig
from cytoforge.models.model import Model
from cytoforge.models.sampler import Planes, Sampler
from cytoforge.networks.layers import prepare_inference

Distance = Callable[[Tensor, Tensor], float]
"""Mean distance of two batches in a pretrained network, float32 (B, C, H, W) in [0, 1], on any
device; of a task that compares sets, the distance of two sets."""
Scores = dict[str, float | None]
"""Scores of the val tiles by name; None where there is nothing to compute."""

BATCH = 8  # tiles sampled at once; bounds the memory


def sample_tiles(model: Model, sampler: Sampler, planes: Planes) -> Tensor:
    """Return what a sampler makes of N tiles, float32 (N, C, H, W) in [0, 1].

    With running statistics; a tile's seed is its number. The sampler is left as it was found.
    """
    training = sampler.training
    prepare_inference(sampler, "running")
    count = len(next(iter(planes.values())))
    with torch.inference_mode():
        made = [
            model.sample(sampler, {n: plane[own] for n, plane in planes.items()}, own.tolist())
            for own in torch.arange(count).split(BATCH)
        ]
    sampler.train(training)
    return torch.cat(made) * 0.5 + 0.5


def validate(
    model: Model,
    sampler: Sampler,
    planes: Planes,
    config: TrainingConfig,
    distances: Mapping[str, Distance],
) -> Scores:
    """Score a sampler on val tiles: every score of the training, in its order."""
    task, scores = task_of(config), dict[str, float | None].fromkeys(config.score_names)
    if min(len(plane) for plane in planes.values()) == 0:
        return scores
    asked = {name: one for name, one in task.asked.items() if name in scores}
    measures = {**task.scores, **{n: one.measure for n, one in asked.items() if one.measure}}
    if task.compares == "sets":
        ways = sampler.ways(partial(sample_tiles, model), planes)
        compared: tuple[Any, ...] = (ways,)
        made, wanted = ways.made, ways.real
    else:
        made, wanted = compared = sampler.compared(sample_tiles(model, sampler, planes), planes)
    scores |= {name: measure(*compared) for name, measure in measures.items()}
    for name in scores.keys() & distances.keys():
        of_sets = task.compares == "sets" or (name in asked and asked[name].of_sets)
        distance = distances[name] if of_sets else partial(_mean_distance, distances[name])
        scores[name] = distance(made, wanted)
    return scores


def _mean_distance(distance: Distance, made: Tensor, wanted: Tensor) -> float:
    pairs = zip(made.split(BATCH), wanted.split(BATCH), strict=True)
    with torch.inference_mode():
        total = sum(distance(one, other) * len(one) for one, other in pairs)
    return total / len(wanted)


def selected(
    config: TrainingConfig, scores: Mapping[str, float | None]
) -> tuple[str, float] | None:
    """Return name and value of the score that chooses the checkpoint, None for `last`, and where
    nothing can be computed.

    Where that score cannot be computed it is the first of the task's.
    """
    if config.selection == "last":
        return None
    for name in (config.selection, next(iter(task_of(config).scores))):
        if (score := scores.get(name)) is not None:
            return name, score
    return None
