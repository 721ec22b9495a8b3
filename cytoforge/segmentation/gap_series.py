"""How a gap closes: its area, its width row by row and the speed of its edges, frame by frame."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import tifffile
from scipy import ndimage
from skimage.measure import label

from cytoforge.config.objects import GAP
from cytoforge.images.pixel_size import tiff_pixel_size
from cytoforge.images.time_series import Frame
from cytoforge.jobs.csv_file import write_csv
from cytoforge.segmentation.segmentation_file import read_segmentation

# Parts of the gap smaller than this share of the largest are pockets between cells, not the wound;
# a wound that cells have bridged is several parts.
LEAST_PART = 0.1
WIDTH_COLUMNS = ["series", "image", "time_h", "across", "position_px", "width_px"]
# A gap that is larger than in an earlier frame by this share of the first has not closed by noise.
NOISE = 0.02

FRAME_COLUMNS = [
    *("series", "image", "time_h", "area_fraction", "pockets_fraction", "parts", "length_px"),
    *("width_px", "width_low_px", "width_high_px", "edge_px_per_h"),
    *("pixel_size_um", "area_um2", "width_um", "edge_um_per_h", "grew"),
]
SERIES_COLUMNS = [
    *("series", "frames", "from_h", "to_h", "area_first", "area_last", "closed_fraction"),
    *("width_first_px", "width_last_px", "edge_px_per_h", "edge_um_per_h", "frames_that_grew"),
]


@dataclass(frozen=True)
class Wound:
    """The gap of one frame; cells that float in it count as gap.

    Attributes
    ----------
    area_px, pockets_px : pixels of the wound's parts, and of smaller gaps beside it
    parts : into how many the wound is divided
    length_px : of the wound along its middle line
    widths_px : across that line, of each row (column) that it crosses, float64 (n,)
    image_px : pixels of the image
    positions_px : of those rows (columns), int64 (n,)
    down : whether they are rows
    """

    area_px: int
    pockets_px: int
    parts: int
    length_px: float
    widths_px: np.ndarray
    image_px: int
    positions_px: np.ndarray
    down: bool

    @property
    def quartiles_px(self) -> tuple[float, float, float]:
        """First quartile, median and third quartile of the widths; 0 of a closed gap."""
        if not len(self.widths_px):
            return 0.0, 0.0, 0.0
        low, median, high = np.percentile(self.widths_px, [25, 50, 75])
        return float(low), float(median), float(high)


@dataclass(frozen=True)
class Measured:
    """A frame, its wound, and the size of its pixels where it is known."""

    frame: Frame
    wound: Wound
    pixel_size_um: float | None

    @property
    def area_fraction(self) -> float:
        """Part of the image that the wound takes, 0–1."""
        return self.wound.area_px / self.wound.image_px


def runs_down(gap: np.ndarray) -> bool:
    """Whether a gap, bool (Y, X), crosses more of the rows than of the columns."""
    return bool(gap.any(axis=1).mean() >= gap.any(axis=0).mean())


def wound_of(gap: np.ndarray, down: bool) -> Wound:
    """Measure the wound in a gap mask, bool (Y, X).

    Widths are counted row by row (`down`) or column by column and multiplied by the cosine of the
    middle line's tilt, so that a wound that lies askew is not wider for it.
    """
    filled = ndimage.binary_fill_holes(gap if down else gap.T)
    parts = label(filled, connectivity=1)
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    wound = areas >= max(LEAST_PART * areas.max(), 1)
    mask = wound[parts]
    counts = mask.sum(axis=1)
    rows = np.flatnonzero(counts)
    cosine = _cosine_of_tilt(mask, rows)
    return Wound(
        area_px=int(counts.sum()),
        pockets_px=int(areas.sum() - counts.sum()),
        parts=int(wound.sum()),
        length_px=len(rows) / cosine,
        widths_px=counts[rows] * cosine,
        image_px=mask.size,
        positions_px=rows,
        down=down,
    )


def measure_series(frames: Sequence[Frame], files: Mapping[str, Path]) -> list[Measured]:
    """Measure the gaps of frames in their order; each series by the direction of its first wound.

    files : segmentations with a gap, by image name
    """
    measured = []
    for _, group in groupby(frames, key=lambda frame: frame.series):
        down: bool | None = None
        for frame in group:
            path = files[frame.image]
            gap = read_segmentation(path)[GAP]
            if down is None and gap.any():
                down = runs_down(gap)
            wound = wound_of(gap, down if down is not None else True)
            measured.append(Measured(frame, wound, _pixel_size(path)))
    return measured


def write_series(
    measured: Sequence[Measured],
    frames_table: str | Path,
    series_table: str | Path,
    widths_table: str | Path,
) -> None:
    """Write a row per frame, one per series, and one per row (column) of each frame that the wound
    crosses; cells of what is not known are empty."""
    by_series = [list(group) for _, group in groupby(measured, key=lambda one: one.frame.series)]
    write_csv(frames_table, FRAME_COLUMNS, [r for group in by_series for r in _frame_rows(group)])
    write_csv(series_table, SERIES_COLUMNS, [_series_row(group) for group in by_series])
    write_csv(widths_table, WIDTH_COLUMNS, (row for one in measured for row in _width_rows(one)))


def edge_px_per_h(frames: Sequence[Measured], length_px: float | None = None) -> float | None:
    """Return how fast each edge moves into the wound: -dA/dt over twice its length.

    dA/dt is the slope of a line through the areas (least squares) up to the first frame in which
    the wound is closed: afterwards no edge moves. If it closed before, edges were faster. None of a
    single frame, and where there never was a wound.

    length_px : of the wound; None: the largest of the frames, since one that closes or is bridged
        is no shorter for it
    """
    moving = _until_closed(frames)
    length = length_px or max((one.wound.length_px for one in moving), default=0.0)
    if len(moving) < 2 or not length:
        return None
    hours = np.array([one.frame.time_h for one in moving])
    slope = np.polyfit(hours, [one.wound.area_px for one in moving], 1)[0]
    return float(-slope / (2 * length))


def _until_closed(frames: Sequence[Measured]) -> Sequence[Measured]:
    closed = (number for number, one in enumerate(frames, 1) if not one.wound.area_px)
    return frames[: next(closed, len(frames))]


def _cosine_of_tilt(mask: np.ndarray, rows: np.ndarray) -> float:
    if len(rows) < 2:
        return 1.0
    columns = np.arange(mask.shape[1])
    counts = mask[rows].sum(axis=1)
    middle = (mask[rows] @ columns) / counts
    slope = float(np.polyfit(rows, middle, 1, w=np.sqrt(counts))[0])
    return 1 / math.hypot(1, slope)


def _frame_rows(frames: Sequence[Measured]) -> list[list[object]]:
    length = max(one.wound.length_px for one in frames)
    speeds = [None, *(edge_px_per_h(pair, length) for pair in pairwise(frames))]
    grew = _grew(frames)
    return [
        _frame_row(one, speed, larger)
        for one, speed, larger in zip(frames, speeds, grew, strict=True)
    ]


def _frame_row(one: Measured, speed: float | None, grew: bool) -> list[object]:
    wound, size = one.wound, one.pixel_size_um
    low, median, high = wound.quartiles_px
    return [
        *(one.frame.series, one.frame.image, one.frame.time_h, _rounded(one.area_fraction, 5)),
        *(_rounded(wound.pockets_px / wound.image_px, 5), wound.parts),
        *(_rounded(value, 1) for value in (wound.length_px, median, low, high)),
        _rounded(speed),
        *(size or "", _rounded(wound.area_px * size**2 if size else None, 0)),
        *(_rounded(value * size if size else None) for value in (median,)),
        *(_rounded(speed * size if size and speed is not None else None), "yes" if grew else "no"),
    ]


def _width_rows(one: Measured) -> Iterator[list[object]]:
    frame, wound = one.frame, one.wound
    across = "row" if wound.down else "column"
    for position, width in zip(wound.positions_px.tolist(), wound.widths_px.tolist(), strict=True):
        yield [frame.series, frame.image, frame.time_h, across, position, round(width, 2)]


def _series_row(frames: Sequence[Measured]) -> list[object]:
    first, last, speed = frames[0], frames[-1], edge_px_per_h(frames)
    sizes = {one.pixel_size_um for one in frames}
    size = sizes.pop() if len(sizes) == 1 else None
    closed = 1 - last.wound.area_px / first.wound.area_px if first.wound.area_px else None
    return [
        *(first.frame.series, len(frames), first.frame.time_h, last.frame.time_h),
        *(_rounded(first.area_fraction, 5), _rounded(last.area_fraction, 5), _rounded(closed, 4)),
        *(_rounded(one.wound.quartiles_px[1], 1) for one in (first, last)),
        *(_rounded(speed), _rounded(speed * size if size and speed is not None else None)),
        sum(_grew(frames)),
    ]


def _grew(frames: Sequence[Measured]) -> list[bool]:
    """Return whether each frame's wound is larger than the smallest before it, beyond noise."""
    areas = [one.wound.area_px for one in frames]
    return [
        number > 0 and area > min(areas[:number]) + NOISE * areas[0]
        for number, area in enumerate(areas)
    ]


def _pixel_size(path: Path) -> float | None:
    with tifffile.TiffFile(path) as tiff:
        size = tiff_pixel_size(tiff.series[0])
    return None if size is None else float(size[0])


def _rounded(value: float | None, digits: int = 3) -> object:
    return "" if value is None else round(value, digits)
