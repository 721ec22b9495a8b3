"""How synthetic training tiles differ from real ones: where to look when they teach less."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from cytoforge.metrics.utility.row_tiles import REAL
from cytoforge.tiles.tile_set import TileSet

MOST_TILES = 200
"""Tiles that are looked at per kind, evenly spread over all."""
COLUMNS = ("kind", "measure", "channel", "value", "grey_values", "times_real")
FEWEST_GREY_VALUES = 3
"""Of less than these above the lowest, whole grey values round away a sixth and more."""


def statistics_table(kinds: Mapping[str, TileSet]) -> pd.DataFrame:
    """Return a line per kind of images and measure: its value, that in grey values where images are
    stored in whole ones, and how many times that of real tiles it is.

    Measures: objects per megapixel, the median area of those that no tile's edge cuts, the fraction
    of pixels in objects; and of each channel, scaled as networks see it, in [0, 1], mean and SD in
    objects and mean outside. Where real tiles have less than `FEWEST_GREY_VALUES` of these, no
    ratio says anything.
    """
    values = {kind: dict(_measured(tiles)) for kind, tiles in kinds.items()}
    spans = {kind: _spans(tiles) for kind, tiles in kinds.items()}
    lines = []
    for kind, found in values.items():
        for measure, value in found.items():
            grey, real_grey = (
                of.get(measure, np.nan) * spans[one].get(measure[1], np.nan)
                for one, of in ((kind, found), (REAL, values[REAL]))
            )
            real = values[REAL][measure]
            told = real and not real_grey < FEWEST_GREY_VALUES
            lines.append((kind, *measure, value, grey, value / real if told else np.nan))
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _chosen(tiles: TileSet) -> np.ndarray:
    every = tiles.indices("train")
    looked_at: np.ndarray = every[
        np.unique(np.linspace(0, len(every) - 1, MOST_TILES).round().astype(int))
    ]
    return looked_at


def _spans(tiles: TileSet) -> dict[str, float]:
    """Return, by channel, how many grey values lie between 0 and 1, the mean over tiles; nothing of
    images that are stored as fractions."""
    if np.dtype(tiles.info["dtype"]).kind == "f":
        return {}
    ranges = [tiles.ranges(tiles.manifest[index].image) for index in _chosen(tiles)]
    spans = np.mean([[one.high - one.low for one in of] for of in ranges], axis=0)
    return dict(zip(tiles.info["channels"], spans.tolist(), strict=True))


def _measured(tiles: TileSet) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield each measure, with the channel that it is of, and its value."""
    chosen = _chosen(tiles)
    labels, unit = np.asarray(tiles["instances"][chosen]), tiles.unit(chosen)
    inside = labels > 0  # (n, T, T)
    areas = [whole_areas(one) for one in labels]
    count = sum(int(one.max()) for one in labels)  # numbered from 1 in every tile
    yield ("objects per Mpx", ""), 1e6 * count / labels.size
    whole = np.concatenate(areas)
    yield ("median area, px", ""), float(np.median(whole)) if len(whole) else 0.0
    yield ("fraction of pixels in objects", ""), float(inside.mean())
    for channel, name in enumerate(tiles.info["channels"]):
        grey = unit[:, channel]
        for words, where in (("in objects", inside), ("outside", ~inside)):
            here = grey[where]
            yield (f"mean {words}", name), float(here.mean()) if here.size else 0.0
        yield ("SD in objects", name), float(grey[inside].std()) if inside.any() else 0.0


def whole_areas(labels: np.ndarray) -> np.ndarray:
    """Return the areas in px of the objects of a tile that its edge does not cut.

    >>> whole_areas(np.array([[0, 0, 2], [0, 1, 2], [0, 0, 0]])).tolist()
    [1]
    """
    areas = np.bincount(labels.ravel())
    for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        areas[line] = 0
    areas[0] = 0
    found: np.ndarray = areas[areas > 0]
    return found


def most_different(table: pd.DataFrame, kind: str) -> str:
    """Return the measure of a kind of tiles that is farthest from real, with its factor, as a part
    of a sentence; "" where nothing is known."""
    mine = table[(table["kind"] == kind) & (table["times_real"] > 0)]
    if not len(mine):
        return ""
    far = mine.loc[np.abs(np.log(mine["times_real"])).idxmax()]
    of = f" of {far['channel']}" if far["channel"] else ""
    return f"{far['measure']}{of}, {far['times_real']:.2f} times that of real tiles"
