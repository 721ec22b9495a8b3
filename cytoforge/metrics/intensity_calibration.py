"""Whether synthetic images are as bright as real ones, in the grey values of the camera.

All other scores compare unit intensities: a real image is scaled by its own grey ranges, a
synthetic one by those of its generator (medians over the training images), which knows nothing of
how bright the real image is. What that leaves out is measured here.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.ome import read_image
from cytoforge.split.region import Region

COLUMNS = ("series", "image", "row", "col", "with_image", "channel")
VALUES = ("real_mean", "mean", "bias", "ratio", "error_factor", "n")


def mean_grey(image: Image, ranges: Sequence[ChannelRange]) -> dict[str, float]:
    """Return the mean grey value of each channel as if stored in these ranges.

    For the image's own ranges these are the means of its pixels, without any clipping.
    """
    if tuple(ranges) == image.ranges:
        return dict(zip(image.channels, image.pixels.mean(axis=(1, 2), dtype=float), strict=True))
    units = to_unit(image).mean(axis=(1, 2), dtype=float)
    return {
        channel: float(scale.low + (scale.high - scale.low) * unit)
        for channel, unit, scale in zip(image.channels, units, ranges, strict=True)
    }


def grey_rows(sides: Mapping[str, Image], region: Region) -> list[dict[str, object]]:
    """Return one row per side and channel of a region: its mean grey value and the real one.

    The trivial baselines are stored in the generator's ranges, which they share with it.

    Parameters
    ----------
    sides : the region of every side, `real` and `generator` among them
    """
    real = mean_grey(sides["real"], sides["real"].ranges)
    ranges = sides["generator"].ranges
    return [
        _row(side, region, region.image, channel, real[channel], mean)
        for side, image in sides.items()
        if side != "real"
        for channel, mean in mean_grey(image, ranges).items()
    ]


def real_rows(
    rows: Sequence[Mapping[str, Any]], real: Mapping[str, Path], regions: Sequence[Region]
) -> list[dict[str, object]]:
    """Return the same for every test region against the training regions of each other image.

    Of an only image, against its own training strip.

    Parameters
    ----------
    rows : of `grey_rows`, which hold the mean grey value of each real test region
    """
    greys = {
        r: mean_grey(part, part.ranges)
        for r in regions
        if r.split == "train" and r.image in real
        for part in [read_image(real[r.image]).crop(slice(r.row0, r.row1), slice(r.col0, r.col1))]
    }
    tested = {(r["image"], r["row"], r["col"], r["channel"]): r["real_mean"] for r in rows}
    found = []
    for test in (r for r in regions if r.split == "test"):
        others = [r for r in greys if r.group != test.group] or list(greys)
        for other, channel in product(others, next(iter(greys.values()), {})):
            mean = tested.get((test.image, test.row0, test.col0, channel))
            if mean is not None:
                grey = greys[other][channel]
                found.append(_row("real_vs_real", test, other.image, channel, mean, grey))
    return found


def calibration_table(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Return the rows, then one per series and channel (image "all").

    bias is mean − real_mean in grey values, ratio is mean / real_mean. Over all: the mean of both
    means and of the bias, the geometric mean of the ratio, and error_factor, exp(mean |log ratio|):
    1.2 says that images are on average a factor of 1.2 too bright or too dark.
    """
    table = pd.DataFrame(list(rows), columns=[*COLUMNS, *VALUES])
    whole = []
    for (series, channel), part in table.groupby(["series", "channel"], sort=False):
        ratios = np.log(part["ratio"].dropna().astype(float))
        whole.append(
            {"series": series, "image": "all", "channel": channel, "n": len(part)}
            | part[["real_mean", "mean", "bias"]].astype(float).mean().to_dict()
            | {"ratio": np.exp(ratios.mean()), "error_factor": np.exp(np.abs(ratios).mean())}
        )
    return pd.DataFrame([*table.to_dict("records"), *whole], columns=table.columns)


def _row(
    series: str, region: Region, with_image: str, channel: str, real: float, mean: float
) -> dict[str, object]:
    place = (series, region.image, region.row0, region.col0, with_image, channel)
    ratio = mean / real if real > 0 and mean > 0 else np.nan
    return {
        **dict(zip(COLUMNS, place, strict=True)),
        "real_mean": real,
        "mean": mean,
        "bias": mean - real,
        "ratio": ratio,
    }
