"""Label fidelity: how well the synthetic field, segmented again, gives back its label map."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.references import ReferenceConfig
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.metrics.intervals import CELLS, bounds, unit_noun
from cytoforge.metrics.level_dice import (
    COUNTS,
    DICE,
    MEAN_CODE,
    MEAN_DICE,
    MEAN_NAME,
    NONE_SHARED,
    counts_by,
    dice,
    shared_codes,
)
from cytoforge.references.bounds import LayerBounds
from cytoforge.references.codes import Code, code_table
from cytoforge.references.label_map import render
from cytoforge.references.run import image_bounds, layer_grey
from cytoforge.segmentation.segmentation import Segmentation

COLUMNS = ["image", "series", "code", "name", *COUNTS, "f1", *CELLS, "iou", "status"]


@dataclass(frozen=True)
class MapRecipe:
    """How the model's label maps were made of images, to do the same with other images.

    channel : whose mean grey value sorts cells into layers
    bounds : bounds.json; None where every image has its own bounds, or there are no layers
    """

    segmentation: SegmentationBase
    reference: ReferenceConfig
    channel: str
    bounds: str | Path | None = None

    def bounds_of(self, real: Image, segmentation: Segmentation) -> LayerBounds | None:
        """Return the bounds the label map of a real image was rendered with.

        A synthetic image is rendered with those of its original: bounds found on the synthetic
        image itself would hide that all its cells are too dark.
        """
        return image_bounds(real, segmentation, self.reference, self.channel, self.bounds)

    def render(
        self, image: Image, segmentation: Segmentation, bounds: LayerBounds | None
    ) -> np.ndarray:
        """Render an image's segmentation: uint8 (Y, X)."""
        grey = layer_grey(image, self.channel) if self.reference.n_layers else None
        return render(segmentation, grey, self.reference, bounds)

    def code_counts(self, asked: np.ndarray, found: np.ndarray) -> list[dict[str, Any]]:
        """Return `code_counts` of two label maps rendered by this recipe."""
        return code_counts(code_table(self.reference), asked, found)


def code_counts(
    codes: Sequence[Code], asked: np.ndarray, found: np.ndarray
) -> list[dict[str, Any]]:
    """Count pixels of two label maps (Y, X), one row per code: `pixels` of the given map,
    `found` again anywhere, and `both` at the same place.

    Of the two pixels of code 1 one is found at its place:

    >>> from cytoforge.references.codes import Code
    >>> codes = [Code(k, name, name, None, (0, 0, 0)) for k, name in enumerate(("gap", "cell"))]
    >>> given, found = np.array([[0, 1, 1]]), np.array([[1, 1, 0]])
    >>> [row["both"] for row in code_counts(codes, given, found)]
    [0, 1]
    """
    parts = {"both": asked[asked == found], "pixels": asked.ravel(), "found": found.ravel()}
    counts = {key: np.bincount(part, minlength=len(codes)) for key, part in parts.items()}
    return [
        {"code": code.code, "name": code.name}
        | {key: int(counts[key][code.code]) for key in COUNTS}
        for code in codes
    ]


def label_fidelity_table(rows: Iterable[dict[str, Any]], config: MetricsConfig) -> pd.DataFrame:
    """Return F1 (Dice) of the pixels of every code: one row per image, and pooled ("all").

    Parameters
    ----------
    rows : image, group (what the split keeps together), series and the columns of `code_counts`, or
        image, series and a status that says why this image could not be segmented again

    Columns: image, series, code, name, both, pixels, found, f1, low, high, interval, unit_values,
    iou, status. F1 is 2 both / (pixels + found), IoU both / (pixels + found - both); a code that
    the given map lacks has none. Code -1 is the mean, each level of equal weight, over the levels
    that every group's maps have: a mean of eight levels in one image and seven in another would
    differ by its levels alone. low, high, interval and unit_values say what chance does to the
    pooled F1 (see `intervals`).
    """
    table = pd.DataFrame(rows).reindex(
        columns=["image", "group", "series", "code", "name", *COUNTS, "status"]
    )
    skipped = table[table["status"].notna()].drop_duplicates(["series", "status"])
    counted = table[table["status"].isna()]
    parts = [
        _series_rows(str(series), part, config.confidence)
        for series, part in counted.groupby("series", sort=False)
    ]
    if len(skipped):
        parts.append(skipped.assign(image="all", code=MEAN_CODE, name=MEAN_NAME))
    return pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS)


def _series_rows(series: str, table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Return the rows of one series: every image, then all of them."""
    codes = table.drop_duplicates("code").sort_values("code")
    images = counts_by(table, "image", codes["code"].tolist())
    units = np.stack([*counts_by(table, "group", codes["code"].tolist()).values()])
    shared = shared_codes(units)
    noun = unit_noun(table["group"].to_numpy(str), table["image"].to_numpy(str))
    found = [bounds(units[:, k], DICE, confidence, noun) for k in range(len(codes))]
    found.append(bounds(units[:, shared], MEAN_DICE, confidence, noun))
    names = [*codes["name"], MEAN_NAME]
    place = {"series": series, "code": [*codes["code"], MEAN_CODE], "name": names, "status": "ok"}
    chance = {key: [one.cells()[key] for one in found] for key in CELLS}
    return pd.concat(
        [
            *(_rows(name, place, part, shared) for name, part in images.items()),
            _rows("all", {**place, **chance}, units.sum(0), shared),
        ]
    )


def _rows(
    image: str, place: dict[str, Any], counts: np.ndarray, shared: np.ndarray
) -> pd.DataFrame:
    """Return the rows of counts (K, 3), with a last one for the mean over the shared codes."""
    whole = np.vstack([counts, counts[shared].sum(0)])
    levels = dice(counts)
    known = levels[shared & np.isfinite(levels)]
    f1 = [*levels, known.mean() if len(known) else np.nan]
    # IoU from Dice, code by code: d / (2 - d).
    iou = [*levels / (2 - levels), (known / (2 - known)).mean() if len(known) else np.nan]
    table = pd.DataFrame(place).assign(image=image, f1=f1, iou=iou)
    table[COUNTS] = whole.astype(np.int64)
    table.loc[table["f1"].isna(), "status"] = NONE_SHARED
    return table[(table["pixels"] > 0) | (table["code"] == MEAN_CODE)]
