"""Scores on all val tiles, and what they decide: the best checkpoint and when to stop."""

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor

from cytoforge.config.task import Task, task_of
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
    model: Model, sampler: Sampler, planes: Planes, task: Task, distances: Mapping[str, Distance]
) -> Scores:
    """Score a sampler on val tiles: every score of the task, in its order."""
    found: Scores = dict.fromkeys(task.score_names)
    if min(len(plane) for plane in planes.values()) == 0:
        return found
    if task.compares == "sets":
        ways = sampler.ways(partial(sample_tiles, model), planes)
        found |= {name: measure(ways) for name, measure in task.scores.items()}
        for name in task.pretrained.keys() & distances.keys():
            found[name] = distances[name](ways.made, ways.real)  # of whole sets, not of batches
        return found
    made, wanted = sampler.compared(sample_tiles(model, sampler, planes), planes)
    for name, measure in task.scores.items():
        found[name] = measure(made, wanted)
    for name in task.pretrained.keys() & distances.keys():
        found[name] = _mean_distance(distances[name], made, wanted)
    return found


def _mean_distance(distance: Distance, made: Tensor, wanted: Tensor) -> float:
    pairs = zip(made.split(BATCH), wanted.split(BATCH), strict=True)
    with torch.inference_mode():
        total = sum(distance(one, other) * len(one) for one, other in pairs)
    return total / len(wanted)


def selection_score(config: TrainingConfig, scores: Mapping[str, float | None]) -> float | None:
    """Return the score that chooses the checkpoint, None for `last`.

    Where that cannot be computed it is the first of the task's scores.
    """
    if config.selection == "last":
        return None
    first = next(iter(task_of(config).scores))
    chosen = scores.get(config.selection)
    return scores.get(first) if chosen is None else chosen
