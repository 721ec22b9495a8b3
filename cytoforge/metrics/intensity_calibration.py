"""Whether synthetic images are as bright as real ones, in the grey values of the camera.

All other scores compare unit intensities: a real image is scaled by its own grey ranges, a
synthetic one by those of its generator (medians over the training images), which knows nothing of
how bright the real image is. What that leaves out is measured here.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.ome import read_image
from cytoforge.split.region import Region

COLUMNS = ("series", "image", "row", "col", "with_image", "channel")
MEANS = ("real_mean", "mean", "bias", "ratio", "error_factor")
VALUES = (*MEANS, "real_sd", "sd", "sd_ratio", "n")


class Grey(NamedTuple):
    """Mean and standard deviation of the pixels of a channel, in grey values."""

    mean: float
    sd: float


def grey_of(image: Image, ranges: Sequence[ChannelRange]) -> dict[str, Grey]:
    """Return the grey values of each channel as if stored in these ranges.

    For the image's own ranges these are its pixels, without any clipping.
    """
    pixels, lows, scales = image.pixels, np.zeros(len(ranges)), np.ones(len(ranges))
    if tuple(ranges) != image.ranges:
        pixels = to_unit(image)
        lows = np.array([scale.low for scale in ranges])
        scales = np.array([scale.high - scale.low for scale in ranges])
    means = lows + scales * pixels.mean(axis=(1, 2), dtype=float)
    sds = scales * pixels.std(axis=(1, 2), dtype=float)
    values = zip(image.channels, means.tolist(), sds.tolist(), strict=True)
    return {channel: Grey(mean, sd) for channel, mean, sd in values}


def grey_rows(sides: Mapping[str, Image], region: Region) -> list[dict[str, object]]:
    """Return one row per side and channel of a region: its grey values and the real ones.

    The trivial baselines are stored in the generator's ranges, which they share with it.

    Parameters
    ----------
    sides : the region of every side, `real` and `generator` among them
    """
    real = grey_of(sides["real"], sides["real"].ranges)
    ranges = sides["generator"].ranges
    return [
        _row(side, region, region.image, channel, real[channel], grey)
        for side, image in sides.items()
        if side != "real"
        for channel, grey in grey_of(image, ranges).items()
    ]


def real_rows(
    rows: Sequence[Mapping[str, Any]], real: Mapping[str, Path], regions: Sequence[Region]
) -> list[dict[str, object]]:
    """Return the same for every test region against the training regions of each other image.

    Of an only image, against its own training strip.

    Parameters
    ----------
    rows : of `grey_rows`, which hold the grey values of each real test region
    """
    greys = {
        r: grey_of(part, part.ranges)
        for r in regions
        if r.split == "train" and r.image in real
        for part in [read_image(real[r.image]).crop(slice(r.row0, r.row1), slice(r.col0, r.col1))]
    }
    tested = {
        (r["image"], r["row"], r["col"], r["channel"]): Grey(r["real_mean"], r["real_sd"])
        for r in rows
    }
    found = []
    for test in (r for r in regions if r.split == "test"):
        others = [r for r in greys if r.group != test.group] or list(greys)
        for other, channel in product(others, next(iter(greys.values()), {})):
            real_grey = tested.get((test.image, test.row0, test.col0, channel))
            if real_grey is not None:
                grey = greys[other][channel]
                found.append(_row("real_vs_real", test, other.image, channel, real_grey, grey))
    return found


def calibration_table(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Return the rows, then one per series and channel (image "all").

    bias is mean − real_mean in grey values, ratio is mean / real_mean, sd_ratio that of the
    standard deviations. Over all: the mean of both means, of the bias and of both deviations, the
    geometric means of the ratios, and error_factor, exp(mean |log ratio|): 1.2 says that images are
    on average a factor of 1.2 too bright or too dark.
    """
    table = pd.DataFrame(list(rows), columns=[*COLUMNS, *VALUES])
    whole = []
    for (series, channel), part in table.groupby(["series", "channel"], sort=False):
        ratios = np.log(part[["ratio", "sd_ratio"]].astype(float))
        averaged = ["real_mean", "mean", "bias", "real_sd", "sd"]
        whole.append(
            {"series": series, "image": "all", "channel": channel, "n": len(part)}
            | part[averaged].astype(float).mean().to_dict()
            | np.exp(ratios.mean()).to_dict()
            | {"error_factor": np.exp(np.abs(ratios["ratio"]).mean())}
        )
    return pd.DataFrame([*table.to_dict("records"), *whole], columns=table.columns)


def _row(
    series: str, region: Region, with_image: str, channel: str, real: Grey, grey: Grey
) -> dict[str, object]:
    place = (series, region.image, region.row0, region.col0, with_image, channel)
    return {
        **dict(zip(COLUMNS, place, strict=True)),
        "real_mean": real.mean,
        "mean": grey.mean,
        "bias": grey.mean - real.mean,
        "ratio": _ratio(grey.mean, real.mean),
        "real_sd": real.sd,
        "sd": grey.sd,
        "sd_ratio": _ratio(grey.sd, real.sd),
    }


def _ratio(value: float, real: float) -> float:
    """Return what a logarithm can be taken of, or not a number."""
    return value / real if value > 0 and real > 0 else np.nan
