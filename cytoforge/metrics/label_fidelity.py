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
from cytoforge.metrics.statistics import image_draws, interval
from cytoforge.references.bounds import LayerBounds
from cytoforge.references.codes import Code, code_table
from cytoforge.references.label_map import render
from cytoforge.references.run import image_bounds, layer_grey
from cytoforge.segmentation.segmentation import Segmentation

COUNTS = ["both", "pixels", "found"]
PIXELS = COUNTS.index("pixels")
# The name of the random draws; another one would give other intervals.
DRAWS = "controllability"
MEAN_CODE, MEAN_NAME = -1, "mean of levels"
COLUMNS = ["image", "series", "code", "name", *COUNTS, "f1", "low", "high", "status"]


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


def label_fidelity_table(
    rows: Iterable[dict[str, Any]], config: MetricsConfig, seed: int
) -> pd.DataFrame:
    """Return F1 (Dice) of the pixels of every code: one row per image, and pooled ("all").

    Parameters
    ----------
    rows : image, series and the columns of `code_counts`, or image, series and a status that says
        why this image could not be segmented again

    Columns: image, series, code, name, both, pixels, found, f1, low, high, status. Code -1 is the
    mean over the levels, each of equal weight; low and high bound the pooled F1 by a bootstrap
    over images. F1 is 2 both / (pixels + found); a code that the given map lacks has none.
    """
    table = pd.DataFrame(rows).reindex(
        columns=["image", "series", "code", "name", *COUNTS, "status"]
    )
    skipped = table[table["status"].notna()].drop_duplicates(["series", "status"])
    counted = table[table["status"].isna()]
    parts = [
        _series_rows(str(series), part, config, seed)
        for series, part in counted.groupby("series", sort=False)
    ]
    if len(skipped):
        parts.append(skipped.assign(image="all", code=MEAN_CODE, name=MEAN_NAME))
    return pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS)


def _series_rows(
    series: str, table: pd.DataFrame, config: MetricsConfig, seed: int
) -> pd.DataFrame:
    """Return the rows of one series: every image, then all of them."""
    sums = table.groupby(["image", "code"])[COUNTS].sum()
    images = list(dict.fromkeys(table["image"]))
    codes = table.drop_duplicates("code").sort_values("code")
    counts = np.stack([sums.loc[image].loc[codes["code"]].to_numpy(float) for image in images])
    draws = image_draws(len(images), config.bootstrap, seed, DRAWS)
    drawn = _with_mean(np.einsum("ri,ikc->rkc", draws, counts))  # (resamples, codes + 1)
    with_code = [*(counts[..., PIXELS] > 0).sum(0), len(images)]
    low, high = np.array(
        [_interval(*column, config.confidence) for column in zip(drawn.T, with_code, strict=True)]
    ).T
    names = [*codes["name"], MEAN_NAME]
    place = {"series": series, "code": [*codes["code"], MEAN_CODE], "name": names, "status": "ok"}
    return pd.concat(
        [
            *(_rows(name, place, part) for name, part in zip(images, counts, strict=True)),
            _rows("all", {**place, "low": low, "high": high}, counts.sum(0)),
        ]
    )


def _rows(image: str, place: dict[str, Any], counts: np.ndarray) -> pd.DataFrame:
    """Return the rows of counts (K, 3), with a last one for the mean."""
    whole = np.vstack([counts, counts.sum(0)])
    table = pd.DataFrame(place).assign(image=image, f1=_with_mean(counts))
    table[COUNTS] = whole.astype(np.int64)
    return table[table["pixels"] > 0]


def _with_mean(counts: np.ndarray) -> np.ndarray:
    """Return F1 of counts (..., K, 3), NaN for codes not given, and last their mean."""
    both, pixels, found = np.moveaxis(counts, -1, 0)
    f1 = np.where(pixels > 0, 2 * both / np.maximum(pixels + found, 1), np.nan)
    return np.concatenate([f1, np.nanmean(f1, axis=-1, keepdims=True)], axis=-1)


def _interval(values: np.ndarray, n_images: int, confidence: float) -> tuple[float, float]:
    """Return the interval of resampled values; none where fewer than two images have the code."""
    values = values[np.isfinite(values)]  # a resample may lack the images that have it
    return interval(values, confidence) if n_images > 1 else (np.nan, np.nan)
