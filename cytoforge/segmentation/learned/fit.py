"""Train a network, choose its decoding on validation fields, score it on test fields once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import torch

from cytoforge.segmentation.learned.inputs import INPUTS
from cytoforge.segmentation.learned.maps import Decoding, instances_of
from cytoforge.segmentation.learned.network import InstanceNetwork
from cytoforge.segmentation.learned.network_file import TrainedNetwork, load_network
from cytoforge.segmentation.learned.predict import (
    find_instances,
    nearest_lines,
    predict_maps,
    resized,
)
from cytoforge.segmentation.learned.recipe_file import LabelledField, TrainingFile
from cytoforge.segmentation.learned.train import Field, Recipe, train
from cytoforge.segmentation.matching import match_instances

GRID = tuple(
    Decoding(foreground, saddle, seed, area)
    for foreground, saddle, seed, area in product(
        (0.4, 0.5, 0.6), (0.05, 0.1, 0.2), (0.2, 0.4), (20, 60)
    )
)


def fit(settings: TrainingFile, fields: Mapping[str, LabelledField]) -> TrainedNetwork:
    """Return a network trained on all fields but those of validation and test."""
    aside = {*settings.validation, *settings.test}
    seen = {name: as_seen(field, settings) for name, field in fields.items()}
    initial = load_network(settings.initial, "initial").network if settings.initial else None
    recipe = Recipe(
        steps=settings.steps,
        tile_px=settings.tile_px,
        widths=settings.widths,
        learning_rate=settings.learning_rate,
        seed=settings.seed,
    )
    learned = {name: field for name, field in seen.items() if name not in aside}
    network = train(learned, settings.kind, recipe, initial)
    size = settings.pixel_size_um
    trained = TrainedNetwork(
        network,
        settings.kind,
        settings.scale,
        _median_diameter(labels for _, labels in learned.values()),
        size and size / settings.scale,
    )
    chosen = replace(
        trained, decoding=best_decoding(network, [seen[name] for name in settings.validation])
    )
    card = {
        "training_fields": sorted(learned),
        "validation_fields": list(settings.validation),
        "test_fields": list(settings.test),
        "licence": settings.licence,
        "origin": settings.origin,
        "initial": Path(settings.initial).stem if settings.initial else "",
        "note": settings.note,
        "f1_validation": f1_of(chosen, [fields[name] for name in settings.validation]),
        "f1_test": f1_of(chosen, [fields[name] for name in settings.test]),
    }
    return replace(chosen, card=card)


def as_seen(field: LabelledField, settings: TrainingFile) -> Field:
    """Return a field as a network of these settings sees it, and its labels resized likewise."""
    small = resized(torch.from_numpy(field.pixels.astype(np.float32)), settings.scale).numpy()
    labels = field.labels[np.ix_(*nearest_lines(field.labels.shape, small.shape[1:]))]
    _, dense = np.unique(labels, return_inverse=True)
    numbered = dense.reshape(labels.shape) + int(labels.min() > 0)
    return INPUTS[settings.kind](small), numbered.astype(np.int32)


def best_decoding(network: InstanceNetwork, fields: Iterable[Field]) -> Decoding:
    """Return the decoding of `GRID` with the largest F1 at IoU 0.5 over all objects; the default
    where there is no field."""
    maps = [(predict_maps(torch.from_numpy(seen), network), labels) for seen, labels in fields]
    if not maps:
        return Decoding()
    return max(
        GRID,
        key=lambda decoding: _f1(
            (instances_of(*found, decoding), labels) for found, labels in maps
        ),
    )


def f1_of(trained: TrainedNetwork, fields: Iterable[LabelledField]) -> float | None:
    """Return F1 at IoU 0.5 over all objects of some fields at their own size; None for none."""
    pairs = [(find_instances(field.pixels, trained), field.labels) for field in fields]
    return round(_f1(pairs), 4) if pairs else None


def _f1(pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> float:
    """Return 2 TP / (2 TP + FP + FN) over all pairs of found and known instances."""
    matched = total = 0
    for found, known in pairs:
        matched += match_instances(known, found).tp
        total += len(np.unique(found[found > 0])) + len(np.unique(known[known > 0]))
    return 2 * matched / max(total, 1)


def _median_diameter(labelled: Iterable[np.ndarray]) -> float:
    """Return the median diameter of discs as large as the objects, in px."""
    areas = np.concatenate([np.bincount(labels.ravel())[1:] for labels in labelled])
    return float(np.sqrt(np.median(areas[areas > 0]) * 4 / np.pi))
