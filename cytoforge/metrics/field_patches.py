"""One field of view after another: the patches of all series, levels, cells and re-segmentation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.ome import read_image
from cytoforge.metrics.cell_features import cell_features
from cytoforge.metrics.class_means import TrivialImages
from cytoforge.metrics.collect import cut
from cytoforge.metrics.intensity import LevelCounts, level_counts
from cytoforge.metrics.intensity_calibration import grey_rows
from cytoforge.metrics.label_fidelity import MapRecipe
from cytoforge.metrics.region_images import (
    SIDES,
    FieldPaths,
    crop_image,
    crop_map,
    read_sides,
    region_name,
)
from cytoforge.metrics.resegmentation import agreement, crop
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.segmentation.summary import object_table
from cytoforge.split.region import Region


@dataclass
class FieldScores:
    """What the fields gave, each by side (of `SIDES`).

    same_cells : features under the masks of the real image, on every side
    """

    unit: dict[str, list[np.ndarray]] = field(default_factory=lambda: {s: [] for s in SIDES})
    levels: dict[str, LevelCounts] = field(default_factory=dict)
    cells: dict[str, list[pd.DataFrame]] = field(default_factory=lambda: {s: [] for s in SIDES})
    resegmentation: list[dict[str, object]] = field(default_factory=list)
    label_fidelity: list[dict[str, object]] = field(default_factory=list)
    greys: list[dict[str, object]] = field(default_factory=list)
    same_cells: dict[str, list[pd.DataFrame]] = field(
        default_factory=lambda: {s: [] for s in SIDES}
    )
    channels: tuple[str, ...] = ()


OWN_MAPS = (
    "skipped: the label maps are the user's own, which no segmentation makes; to compare cells,"
    " train another model with a reference that has one"
)


@dataclass(frozen=True)
class _Made:
    """One field: its image on every side, those that layers are sorted by (the real one without
    shading, where that is taken away), and what the real one was segmented and rendered as."""

    images: dict[str, Image]
    layered: dict[str, Image]
    label_map: np.ndarray
    truth: Segmentation


def not_segmented(regions: Sequence[Region]) -> dict[str, Path | str]:
    """Return for every region and side why it is not segmented again: nothing is known of how."""
    return {region_name(side, region): OWN_MAPS for region in regions for side in SIDES}


def score_fields(
    paths: Mapping[str, FieldPaths],
    again: Mapping[str, Path | str],
    ids: pd.DataFrame,
    regions: tuple[Region, ...],
    trivial: TrivialImages,
    recipe: MapRecipe | None,
    patch_px: int,
    evened: Mapping[str, Path],
) -> FieldScores:
    """Read each image once; collect its patches at `ids` and compare its test `regions`.

    Patches come in the order of `ids`, which must be sorted by image.

    Parameters
    ----------
    again : segmentations of the regions of `cut_regions`, or why there is none, by their names
    recipe : how real images were segmented and rendered; None for the user's own label maps
    evened : real images without shading, which their label maps were rendered of; none: of `paths`
    """
    scores = FieldScores()
    for name, rows in ids.groupby("image", sort=False):
        where = paths[str(name)]
        images, label_map = read_sides(where, trivial)
        scores.channels = images["real"].channels
        labels = cut(label_map, rows, patch_px)
        for side, image in images.items():
            unit = cut(to_unit(image), rows, patch_px)
            scores.unit[side].append(unit)
            counts = level_counts(unit, labels, len(trivial.means))
            known = scores.levels.get(side)
            scores.levels[side] = counts if known is None else known + counts
        layered = images
        if str(name) in evened:
            layered = {**images, "real": read_image(evened[str(name)])}
        made = _Made(images, layered, label_map, read_segmentation(where.segmentation))
        for region in regions:
            if region.image == name and region.split == "test":
                _compare(made, region, again, recipe, scores)
    return scores


def _compare(
    made: _Made,
    region: Region,
    again: Mapping[str, Path | str],
    recipe: MapRecipe | None,
    scores: FieldScores,
) -> None:
    """Compare what segmenting the region of every side again has found, and render it again."""
    part, asked = crop(made.truth, region), crop_map(made.label_map, region)
    bounds = recipe.bounds_of(made.layered["real"], made.truth) if recipe else None
    cut_out = {side: crop_image(image, region) for side, image in made.images.items()}
    scores.greys += grey_rows(cut_out, region)
    for side, cropped in cut_out.items():
        place = {"image": region.image, "row": region.row0, "col": region.col0}
        place |= {"group": region.group, "series": side}
        if recipe is not None:  # pieces of classes are no cells
            scores.same_cells[side].append(cell_features(cropped, part, region.group))
        found = again[region_name(side, region)]
        if recipe is None or isinstance(found, str):
            skipped = [{"object": name, "status": found} for name in part.objects]
            scores.resegmentation += [{**place, **row} for row in skipped]
            scores.label_fidelity.append({**place, "status": found})
            continue
        segmentation = read_segmentation(found)
        scores.cells[side].append(object_table(cropped, segmentation))
        rows = [{**row, "status": "ok"} for row in agreement(part, segmentation)]
        scores.resegmentation += [{**place, **row} for row in rows]
        layered = crop_image(made.layered[side], region)
        rendered = recipe.render(layered, segmentation, bounds)
        scores.label_fidelity += [{**place, **row} for row in recipe.code_counts(asked, rendered)]
