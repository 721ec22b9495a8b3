"""Score the volumes of a set against the real ones: per volume, per organ, and all together.

Everything is measured in the real body and in the slices that the set has. Beside the made volume
stands the trivial one: every label with its mean in the training slices, which is right on average
and shows nothing inside an organ.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from cytoforge.config.metrics import MetricsConfig
from cytoforge.images.picture import Colour, write_png
from cytoforge.jobs.csv_file import read_csv, write_csv
from cytoforge.metrics.pretrained_scores import load_networks
from cytoforge.metrics.volumes.compared_volume import (
    MADE,
    MEANS,
    Found,
    Opened,
    body_dice,
    compare,
)
from cytoforge.metrics.volumes.hounsfield import Organ
from cytoforge.metrics.volumes.open_volume import open_volume
from cytoforge.metrics.volumes.over_volumes import SUMMARY_COLUMNS, over_volumes
from cytoforge.metrics.volumes.real_volume import RealVolume, class_means
from cytoforge.metrics.volumes.reslice_distances import RESLICE_COLUMNS, ResliceFeatures
from cytoforge.metrics.volumes.three_planes import middle_of, three_planes
from cytoforge.volumes.stack import COLUMNS as STACKED

VOLUME_COLUMNS = [
    "volume", "sample", "unit", "method", "measured_in", "lowest", "highest", "slices",
    "training_slices", "body_voxels", "mae", "psnr_db", "ms_ssim", "body_dice",
    "adjacent_difference_ratio", "adjacent_ssim_ratio",
]  # fmt: skip
ORGAN_COLUMNS = [
    "volume", "sample", "label", "class", "voxels", "measured_in", "real_mean", "real_sd",
    "made_mean", "made_sd", "difference", "real_sd_of_slices", "made_sd_of_slices",
]  # fmt: skip
SAMPLE_COLUMNS = ["volume", "unit", "samples", "pairs", "measured_in", "difference"]
TABLES = {
    "volumes": VOLUME_COLUMNS,
    "organs": ORGAN_COLUMNS,
    "samples": SAMPLE_COLUMNS,
    "reslices": RESLICE_COLUMNS,
    "summary": SUMMARY_COLUMNS,
}
"""Columns of each table that is written, by its name without suffix."""
# Patches per plane and series, of all volumes together: networks see each, and need not see all.
PATCHES, FEWEST_PATCHES = 48, 4


@dataclass(frozen=True)
class LabelClass:
    """What a label is called, its colour (red, green, blue, 0–255), and all values of its class in
    the real label volumes; empty: its own alone."""

    name: str
    colour: Colour
    values: Sequence[int] = ()


@dataclass(frozen=True)
class VolumeScoring:
    """How volumes are scored.

    noun : what a unit of the real volumes is called, e.g. patient
    threads : CPU threads, a constant because sums depend on it
    """

    metrics: MetricsConfig
    noun: str = "volume"
    seed: int = 0
    threads: int = 1


@dataclass(frozen=True)
class _Scored:
    """A real volume with what was found of the samples that were made of it."""

    name: str
    real: RealVolume
    opened: Opened
    found: Found

    def volume_rows(self) -> Iterator[list[object]]:
        """Yield a row per sample, and one for the trivial volume."""
        training = len(set(self.real.training) & set(self.opened.numbers))
        for name, compared in self.found.by_name.items():
            sample, method = ("0", MEANS) if name == MEANS else (name, MADE)
            in_hu, differences = self.opened.in_hu, compared.differences
            yield [
                *(self.name, sample, self.real.unit, method, self.opened.unit),
                *(f"{end:.6g}" for end in self.opened.range),
                *(len(self.opened.numbers), training, differences.voxels),
                f"{differences.mae:.2f}" if in_hu else f"{differences.mae:.4g}",
                f"{differences.psnr_db:.2f}" if in_hu else "",
                _text(compared.ms_ssim),
                _text(body_dice(self.opened, name)) if in_hu else "",
                *map(_text, self.found.ratios(name)),
            ]

    def organ_rows(self, classes: Mapping[int, LabelClass]) -> Iterator[list[object]]:
        """Yield a row per organ and sample."""
        real: dict[int, Organ] = {one.label: one for one in self.found.real.organs.organs()}
        for sample in self.opened.made:
            for made in self.found.by_name[sample].organs.organs():
                other = real[made.label]
                values = [other.mean, other.sd, made.mean, made.sd, made.mean - other.mean]
                values += [other.sd_of_slices, made.sd_of_slices]
                name = classes[made.label].name if made.label in classes else ""
                row = [self.name, sample, made.label, name, made.voxels, self.opened.unit]
                form = ".2f" if self.opened.in_hu else ".5g"
                yield [*row, *(f"{value:{form}}" for value in values)]

    def sample_rows(self) -> Iterator[list[object]]:
        """Yield how far samples of the same labels are from one another; nothing of one alone."""
        between = [one.mae for one in self.found.between]
        if between:
            mean = f"{sum(between) / len(between):.4g}"
            row = [self.name, self.real.unit, len(self.opened.made), len(between)]
            yield [*row, self.opened.unit, mean]

    def pictures(self, classes: Mapping[int, LabelClass], names: Sequence[str], to: Path) -> None:
        """Write labels, the real and each made volume in three planes."""
        one = self.opened
        colours = {label: known.colour for label, known in classes.items()}
        middle = middle_of(one.body, one.numbers, one.real.grid, one.real.axis)
        for name, made in zip(names, one.made.values(), strict=True):
            shown = three_planes([one.real, made], one.labels, middle, one.window, colours)
            write_png(to / f"{name}.png", shown)


def score_volumes(
    table: Path,
    reals: Mapping[str, RealVolume],
    classes: Mapping[int, LabelClass],
    scoring: VolumeScoring,
    output: Path,
) -> None:
    """Write `TABLES` into a folder, and `planes/{name}.png`: labels, the real and the made volume
    in three planes.

    Volumes are unpacked in that folder, one after the other; memory holds some slices of each.

    Parameters
    ----------
    table : volumes.csv of the set
    reals : the real volumes by name; their training slices give the means of the labels
    classes : by label
    """
    torch.set_num_threads(scoring.threads)
    (output / "planes").mkdir(parents=True, exist_ok=True)
    label_of = {value: label for label, one in classes.items() for value in one.values}
    means = class_means(reals.values(), label_of, output)
    features = ResliceFeatures(load_networks(scoring.metrics))
    tables: dict[str, list[list[object]]] = {name: [] for name in TABLES}
    made = _by_volume(table, reals)
    most = max(FEWEST_PATCHES, PATCHES // max(len(made), 1))
    for name, rows in made.items():
        print(f"scoring {len(rows)} of {name}", flush=True)
        with open_volume(table.parent, rows, reals[name], means, output) as opened:
            found = compare(opened, scoring.metrics.patch_px)
            scored = _Scored(name, reals[name], opened, found)
            tables["volumes"] += scored.volume_rows()
            tables["organs"] += scored.organ_rows(classes)
            tables["samples"] += scored.sample_rows()
            scored.pictures(classes, [row["name"] for row in rows], output / "planes")
        for axis, patches in found.reslices.patches.items():
            features.add(axis, patches.thinned(most), reals[name].unit)
    chance = scoring.metrics.confidence, scoring.noun
    tables["reslices"] += features.table({MADE: MADE, MEANS: MEANS}, *chance, scoring.seed)
    tables["summary"] += over_volumes(VOLUME_COLUMNS, tables["volumes"], *chance)
    for name, columns in TABLES.items():
        write_csv(output / f"{name}.csv", columns, tables[name])


def _by_volume(table: Path, reals: Mapping[str, RealVolume]) -> dict[str, list[dict[str, str]]]:
    """Return the samples of each volume that has a real one, in the order of the table."""
    found: dict[str, list[dict[str, str]]] = {}
    for _, row in read_csv(table, STACKED, "make the volumes again"):
        if row["image"] and row["volume"] in reals:
            found.setdefault(row["volume"], []).append(row)
    return found


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
