"""One field of view after another: the patches of all series, levels, cells and re-segmentation."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from cytoforge.config.segmentation import SegmentationConfig
from cytoforge.errors import NoCellsError, UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.ome import read_image
from cytoforge.metrics.collect import check_same_field, class_means_image, crop_image, crop_map, cut
from cytoforge.metrics.controllability import MapRecipe
from cytoforge.metrics.intensity import LevelCounts, level_counts
from cytoforge.metrics.resegmentation import agreement, crop
from cytoforge.references.files import read_label_map
from cytoforge.segmentation.files import read_segmentation
from cytoforge.segmentation.gap import find_gap
from cytoforge.segmentation.registry import segment
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.segmentation.summary import cell_table
from cytoforge.split.region import Region

# The real image segmented again is the floor: what cutting out a region alone costs.
SIDES = ("real", "generator", "class_means")


@dataclass(frozen=True)
class FieldPaths:
    """Where everything of one image lies: canonical images, label map, segmentation."""

    real: Path
    synthetic: Path
    labels: Path
    segmentation: Path


@dataclass
class FieldScores:
    """What the fields gave, each by side (real, generator, class_means)."""

    unit: dict[str, list[np.ndarray]] = field(default_factory=lambda: {s: [] for s in SIDES})
    levels: dict[str, LevelCounts] = field(default_factory=dict)
    cells: dict[str, list[pd.DataFrame]] = field(default_factory=lambda: {s: [] for s in SIDES})
    resegmentation: list[dict[str, object]] = field(default_factory=list)
    controllability: list[dict[str, object]] = field(default_factory=list)
    channels: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Made:
    """One field: its image on every side, and what the real one was segmented and painted as."""

    images: dict[str, Image]
    label_map: np.ndarray
    truth: Segmentation


def score_fields(
    paths: Mapping[str, FieldPaths],
    ids: pd.DataFrame,
    regions: tuple[Region, ...],
    means: np.ndarray,
    recipe: MapRecipe,
    patch_px: int,
) -> FieldScores:
    """Read each image once; collect its patches at `ids` and re-segment its test `regions`.

    Patches come in the order of `ids`, which must be sorted by image.
    """
    scores = FieldScores()
    for name, rows in ids.groupby("image", sort=False):
        where = paths[str(name)]
        images, label_map = _read(where, means)
        scores.channels = images["real"].channels
        labels = cut(label_map, rows, patch_px)
        for side, image in images.items():
            unit = cut(to_unit(image), rows, patch_px)
            scores.unit[side].append(unit)
            counts = level_counts(unit, labels, len(means))
            known = scores.levels.get(side)
            scores.levels[side] = counts if known is None else known + counts
        made = _Made(images, label_map, read_segmentation(where.segmentation))
        for region in regions:
            if region.image == name and region.split == "test":
                _resegment(made, region, recipe, scores)
    return scores


def _read(where: FieldPaths, means: np.ndarray) -> tuple[dict[str, Image], np.ndarray]:
    real, synthetic = read_image(where.real), read_image(where.synthetic)
    label_map = read_label_map(where.labels, len(means))
    check_same_field(where.synthetic, synthetic.shape, real)
    check_same_field(where.labels, (label_map.shape[0], label_map.shape[1]), real)
    if synthetic.channels != real.channels:
        raise UserError(
            str(where.synthetic),
            f"channels {', '.join(real.channels)}, as {where.real}",
            ", ".join(synthetic.channels),
            "train the model again: its channels have changed",
        )
    painted = class_means_image(real, label_map, means)
    return {"real": real, "generator": synthetic, "class_means": painted}, label_map


def _resegment(made: _Made, region: Region, recipe: MapRecipe, scores: FieldScores) -> None:
    """Segment the region of every side as the source was segmented, paint it again, and compare."""
    part, asked = crop(made.truth, region), crop_map(made.label_map, region)
    bounds = recipe.bounds_of(made.images["real"], made.truth)
    for side, image in made.images.items():
        place = {"image": region.image, "row": region.row0, "col": region.col0, "series": side}
        cropped = crop_image(image, region)
        found = _segment_like(cropped, made.truth, recipe.segmentation)
        if isinstance(found, str):
            skipped = [{"object": name, "status": found} for name in ("nuclei", "cells", "gap")]
            scores.resegmentation += [{**place, **row} for row in skipped]
            scores.controllability.append({**place, "status": found})
            continue
        scores.cells[side].append(cell_table(cropped, found))
        rows = [{**row, "status": "ok"} for row in agreement(part, found)]
        scores.resegmentation += [{**place, **row} for row in rows]
        painted = recipe.paint(cropped, found, bounds)
        scores.controllability += [{**place, **row} for row in recipe.code_counts(asked, painted)]


def _segment_like(
    image: Image, truth: Segmentation, config: SegmentationConfig
) -> Segmentation | str:
    """Segment with the diameters of `truth`, or return why this method cannot.

    An estimate from a synthetic image could be another diameter, and would move every border. An
    image in which no cell is found is a result (nothing agrees), not an error.
    """
    if config.method == "labels":
        return "skipped: segmentation `labels` reads label images and cannot segment new images"
    diameters = {
        "nucleus_diameter_px": truth.nucleus_diameter_px,
        "cell_diameter_px": truth.cell_diameter_px,
    }
    try:
        return segment(image, config.model_copy(update=diameters))
    except NoCellsError:
        nothing = np.zeros(image.shape, np.int32)
        gap = find_gap(nothing, nothing, truth.cell_diameter_px, config.gap)
        return replace(truth, nuclei=nothing, cells=nothing, gap=gap)
    except UserError as error:
        return f"skipped: {error.found}. {error.fix}"
