"""Score the volumes of a set against the real ones: per volume, and per organ.

Everything is measured in the real body and in the slices that the set has. Beside the made volume
stands the trivial one: every label with its mean in the training slices, which is right on average
and shows nothing inside an organ.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.formats.nifti import voxels
from cytoforge.images.picture import Colour, write_png
from cytoforge.images.volume_grid import VolumeGrid, grid_of, slice_view
from cytoforge.jobs.csv_file import read_csv, write_csv
from cytoforge.metrics.volumes.hounsfield import RANGE, Organ, mae_hu, organs, psnr_hu
from cytoforge.metrics.volumes.neighbours import (
    adjacent_difference,
    adjacent_ssim,
    ratio_to_real,
)
from cytoforge.metrics.volumes.three_planes import three_planes
from cytoforge.volumes.body import CT_THRESHOLD, find_body, otsu
from cytoforge.volumes.stack import COLUMNS as STACKED

MADE, MEANS = "made", "class means"
VOLUME_COLUMNS = [
    "volume", "sample", "method", "slices", "body_voxels", "mae", "psnr_db", "body_dice",
    "adjacent_difference_ratio", "adjacent_ssim_ratio",
]  # fmt: skip
ORGAN_COLUMNS = [
    "volume", "sample", "label", "class", "voxels", "real_mean", "real_sd", "made_mean", "made_sd",
    "difference", "real_sd_of_slices", "made_sd_of_slices",
]  # fmt: skip


@dataclass(frozen=True)
class LabelClass:
    """What a label is called, and its colour (red, green, blue, 0–255)."""

    name: str
    colour: Colour


@dataclass(frozen=True)
class RealVolume:
    """What a made volume is compared with.

    Attributes
    ----------
    image : file of the channel that is compared
    labels : file of its label volume
    axis : body axis along which slices are counted
    training : numbers of its training slices
    body : file of its mask; "" where it is found here
    """

    image: str
    labels: str
    axis: str
    training: Sequence[int]
    body: str = ""


def score_volumes(
    table: Path, reals: Mapping[str, RealVolume], classes: Mapping[int, LabelClass], output: Path
) -> None:
    """Write volumes.csv and organs.csv into a folder, and `planes/{name}.png`: labels, the real and
    the made volume in three planes.

    Parameters
    ----------
    table : volumes.csv of the set
    reals : the real volumes by name; their training slices give the means of the labels
    classes : by label
    """
    (output / "planes").mkdir(parents=True, exist_ok=True)
    means = class_means(reals.values())
    of_volumes: list[list[object]] = []
    of_organs: list[list[object]] = []
    for _, row in read_csv(table, STACKED, "make the volumes again"):
        if row["image"] and row["volume"] in reals:
            compared = _Compared.read(table.parent, row, reals[row["volume"]], means)
            of_volumes += compared.volume_rows()
            of_organs += compared.organ_rows(classes)
            write_png(output / "planes" / f"{row['name']}.png", compared.picture(classes))
    write_csv(output / "volumes.csv", VOLUME_COLUMNS, of_volumes)
    write_csv(output / "organs.csv", ORGAN_COLUMNS, of_organs)


def class_means(reals: Iterable[RealVolume]) -> dict[int, float]:
    """Return the mean value of each label over the training slices of all volumes."""
    total: dict[int, float] = {}
    count: dict[int, int] = {}
    for real in reals:
        grid = grid_of(real.image)
        image, labels = voxels(real.image), voxels(real.labels)
        for number in real.training:
            values = np.asarray(slice_view(image, grid, real.axis, number), np.float64)
            marks = np.asarray(slice_view(labels, grid, real.axis, number)).astype(np.int64)
            for label in np.unique(marks).tolist():
                inside = marks == label
                total[label] = total.get(label, 0.0) + float(values[inside].sum())
                count[label] = count.get(label, 0) + int(inside.sum())
    return {label: total[label] / count[label] for label in sorted(total)}


@dataclass(frozen=True)
class _Compared:
    """A made volume, the real one and the trivial one, on one grid."""

    row: Mapping[str, str]
    made: np.ndarray
    real: np.ndarray
    trivial: np.ndarray
    labels: np.ndarray
    body: np.ndarray
    grid: VolumeGrid
    axis: str
    unit: str
    window: tuple[float, float]

    @classmethod
    def read(
        cls, folder: Path, row: Mapping[str, str], real: RealVolume, means: Mapping[int, float]
    ) -> "_Compared":
        sidecar = json.loads((folder / row["sidecar"]).read_text(encoding="utf-8"))
        channel = next(iter(sidecar["channels"].values()))
        grid = grid_of(real.image)
        labels = np.asarray(voxels(str(folder / row["labels"]))).reshape(grid.shape)
        image = np.asarray(voxels(real.image), np.float32).reshape(grid.shape)
        body = _body(real, image, grid, channel["unit"] == "HU") & _slices(sidecar, grid, real.axis)
        table = np.zeros(int(labels.max()) + 1)
        known = [label for label in means if label < len(table)]
        table[known] = [means[label] for label in known]
        made = np.asarray(voxels(str(folder / row["image"].split("; ")[0])), np.float32)
        window = channel["low"], channel["high"]
        return cls(
            row, made, image, table[labels], labels, body, grid, real.axis, channel["unit"], window
        )

    def volume_rows(self) -> Iterator[list[object]]:
        """Yield a row for the made volume and one for the trivial."""
        for method, volume in ((MADE, self.made), (MEANS, self.trivial)):
            yield [
                self.row["volume"],
                self.row["sample"],
                method,
                self.row["slices"],
                int(self.body.sum()),
                *self._distances(volume),
                *self._neighbours(volume),
            ]

    def _distances(self, volume: np.ndarray) -> list[object]:
        in_hu = self.unit == "HU"
        if not in_hu:
            difference = np.abs(volume - self.real)[self.body].mean()
            return [f"{difference:.4g}", "", ""]
        dice = self._dice(volume)
        mae, psnr = (score(volume, self.real, self.body) for score in (mae_hu, psnr_hu))
        return [f"{mae:.2f}", f"{psnr:.2f}", f"{dice:.4f}"]

    def _dice(self, volume: np.ndarray) -> float:
        """Return how the body in a volume agrees with the real one; 0 where it has none.

        Only slices that were made are looked at, one on the other: blocks that lie apart would be
        pieces, of which the largest is taken.
        """
        axis = self.grid.file_axis(self.axis)[0]
        there = np.flatnonzero(self._made_slices())
        body = np.take(self.body, there, axis)
        zooms_mm = [length / 1000 for length in self.grid.zooms_um]
        try:
            found = find_body(np.take(volume, there, axis), zooms_mm, axis)
        except UserError:
            return 0.0
        return float(2 * (found & body).sum() / (found.sum() + body.sum()))

    def _made_slices(self) -> np.ndarray:
        axis = self.grid.file_axis(self.axis)[0]
        others = tuple(one for one in range(3) if one != axis)
        return np.asarray(self.body.any(axis=others, keepdims=True))

    def _neighbours(self, volume: np.ndarray) -> list[object]:
        axis = self.grid.file_axis(self.axis)[0]
        spread = RANGE if self.unit == "HU" else self.window[1] - self.window[0]
        found: list[object] = []
        for measure in (
            lambda one: adjacent_difference(one, self.body, axis),
            lambda one: adjacent_ssim(one, self.body, axis, spread),
        ):
            try:
                ratio = ratio_to_real(measure(volume), measure(self.real))
            except ValueError:  # single slices, or narrow ones: there is nothing to compare
                ratio = None
            found.append("" if ratio is None else f"{ratio:.4f}")
        return found

    def picture(self, classes: Mapping[int, LabelClass]) -> np.ndarray:
        """Return labels, the real and the made volume in three planes, uint8 (Y, X, 3)."""
        colours = {label: one.colour for label, one in classes.items()}
        volumes = [self.real, self.made]
        return three_planes(volumes, self.labels, self.body, self.grid, self.window, colours)

    def organ_rows(self, classes: Mapping[int, LabelClass]) -> Iterator[list[object]]:
        """Yield a row per organ."""
        axis = self.grid.file_axis(self.axis)[0]
        there = np.where(self._made_slices(), self.labels, 0)
        real: dict[int, Organ] = {one.label: one for one in organs(self.real, there, axis)}
        for made in organs(self.made, there, axis):
            other = real[made.label]
            values = [other.mean, other.sd, made.mean, made.sd, made.mean - other.mean]
            values += [other.sd_of_slices, made.sd_of_slices]
            yield [
                self.row["volume"],
                self.row["sample"],
                made.label,
                classes[made.label].name if made.label in classes else "",
                made.voxels,
                *(f"{value:.2f}" for value in values),
            ]


def _body(real: RealVolume, image: np.ndarray, grid: VolumeGrid, in_hu: bool) -> np.ndarray:
    if real.body:
        return np.asarray(voxels(real.body)).reshape(grid.shape) != 0
    threshold = CT_THRESHOLD if in_hu else otsu(image)
    zooms_mm = [length / 1000 for length in grid.zooms_um]
    return find_body(image, zooms_mm, grid.file_axis(real.axis)[0], threshold)


def _slices(sidecar: Mapping[str, Any], grid: VolumeGrid, axis: str) -> np.ndarray:
    """Return where slices were made, bool of the grid's shape."""
    there = np.zeros(grid.shape, bool)
    for one in sidecar["slices"]:
        slice_view(there, grid, axis, one["slice"])[...] = True
    return there
