"""The estimates models are ranked by, with the same images left out in turn for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cytoforge.jobs.optional_files import read_json, read_rows, real
from cytoforge.metrics.intervals import (
    MEAN,
    MEAN_OF_POSITIVE,
    POOLED_F1,
    Pooled,
    bounds,
    jackknife,
    mean_sums,
)
from cytoforge.metrics.level_dice import (
    MEAN_CODE,
    MEAN_DICE,
    NONE_SHARED,
    counts_by,
    shared_codes,
)
from cytoforge.metrics.memorisation import memorisation_verdict, near_training
from cytoforge.metrics.metric import GENERATOR, Metric
from cytoforge.metrics.ranking import Estimate
from cytoforge.metrics.score_tables import BY_NAME, STRICT, Scores

VAL_L1 = Metric(
    "val_l1", "Validation L1", False, "", "Of the kept weights on the validation tiles, unit range."
)
LABEL_FIDELITY = Metric(
    "label_fidelity",
    "Label fidelity",
    True,
    "F1",
    "The field segmented again and rendered as a label map: pixel F1, mean of the levels that every"
    " image has.",
)
DIVERSITY = Metric(
    "diversity", "Diversity", True, "LPIPS", "Between samples of one label map; 0 is deterministic."
)
COPIES = Metric(
    "copies",
    "Near a training tile",
    False,
    "%",
    "Synthetic patches as near to a training tile as the nearest 5 % of real held-out ones.",
)
F1 = "Objects of the label map that the same segmenter finds in the synthetic image, IoU 0.5."
PERCENT = Pooled(MEAN.of, MEAN.size, 0.0, 100.0)


@dataclass(frozen=True)
class Subject:
    """A model that is compared: what it was trained on and as, its folder and its scores."""

    dataset: str
    architecture: str
    preset: str
    folder: Path
    scores: Scores

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.scores.model_name

    @property
    def collapsed(self) -> str:
        """What training found wrong with what the kept weights make; "" for nothing."""
        model = read_json(self.folder / "model.json") or {}
        return str(model.get("outcome", {}).get("collapsed", ""))


Reader = Callable[[Subject, float], Estimate]
"""(model, confidence of intervals) -> estimate."""


def readers(subjects: Sequence[Subject]) -> list[tuple[Metric, Reader]]:
    """Return the metrics that at least one model has a value of, each with its reader."""
    objects = dict.fromkeys(name for one in subjects for name in one.scores.objects())
    found: list[tuple[Metric, Reader]] = [
        (VAL_L1, lambda one, _: validation_l1(one)),
        # Both networks: a loss may have been taught by one of them (pix2pixHD's VGG loss).
        *((BY_NAME[name], _pair_reader(name)) for name in ("lpips_vgg", "lpips_alex")),
        *((BY_NAME[name], _set_reader(name)) for name in ("vgg16_frechet", "fid")),
        *(pair for name in objects for pair in _f1_readers(name)),
        (LABEL_FIDELITY, lambda one, confidence: label_fidelity(one.scores, confidence)),
        (DIVERSITY, lambda one, confidence: diversity(one.scores, confidence)),
        (COPIES, lambda one, confidence: copies(one.scores, confidence)),
    ]
    return [
        (metric, read)
        for metric, read in found
        if any(read(one, 0.95).value is not None for one in subjects)
    ]


def _pair_reader(metric: str) -> Reader:
    return lambda one, confidence: pair_mean(one.scores, metric, confidence)


def trained_with_vgg(folder: Path) -> bool:
    """Return whether a model's loss compared VGG features: VGG16 metrics then favour it."""
    history = read_rows(folder / "history.csv")
    return bool(history) and any("vgg" in column.split("_") for column in history[0])


def validation_l1(subject: Subject) -> Estimate:
    """Return the validation L1 of the kept weights."""
    best = (read_json(subject.folder / "model.json") or {}).get("best_step")
    by_step = {
        real(row["step"]): value
        for row in read_rows(subject.folder / "history.csv")
        if (value := real(row.get("val_l1"))) is not None
    }
    return Estimate(subject.name, by_step.get(best))


def pair_mean(scores: Scores, metric: str, confidence: float) -> Estimate:
    """Return the mean of a pair metric over the test patches."""
    if metric not in scores.pairs or not len(scores.patch_values(metric)):
        return Estimate(scores.model_name, status=scores.value(metric).status)
    table = scores.pairs[scores.pairs["series"] == GENERATOR]
    table = table[np.isfinite(table[metric].to_numpy(float))]
    statistic = MEAN if BY_NAME[metric].signed else MEAN_OF_POSITIVE
    return _mean_estimate(scores, table["image"], table[metric], statistic, confidence)


def diversity(scores: Scores, confidence: float) -> Estimate:
    """Return the mean LPIPS between samples of one label map."""
    table = scores.diversity
    if not len(table):
        return Estimate(scores.model_name, status="not measured")
    table = table[(table["series"] == GENERATOR) & table["value"].notna()]
    for metric in ("lpips_vgg", "lpips_alex"):
        some = table[(table["metric"] == metric) & (table["image"] != "all")]
        if len(some):
            values = some["value"]
            return _mean_estimate(scores, some["image"], values, MEAN_OF_POSITIVE, confidence)
    return Estimate(scores.model_name, status=str(scores.diversity["status"].iloc[0]))


def copies(scores: Scores, confidence: float) -> Estimate:
    """Return how many synthetic patches are as near to a training tile as the nearest 5 % of real
    held-out patches, in %; nothing where planted copies would not be noticed."""
    table = scores.memorisation
    verdict = memorisation_verdict(table) if len(table) else None
    if verdict is None or verdict.passed is None:
        return Estimate(scores.model_name, status=verdict.text if verdict else "not measured")
    ours = table[table["series"] == GENERATOR]
    near = 100.0 * near_training(table)[ours.index]
    return _mean_estimate(scores, ours["image"], near, PERCENT, confidence)


def label_fidelity(scores: Scores, confidence: float) -> Estimate:
    """Return the mean pixel F1 of the levels of the field segmented again."""
    table = scores.label_fidelity
    table = table[table["series"] == GENERATOR] if len(table) else table
    if not len(table) or not (table["status"] == "ok").any():
        status = str(table["status"].iloc[0]) if len(table) else "not measured"
        return Estimate(scores.model_name, status=status)
    table = table[(table["image"] != "all") & (table["code"] != MEAN_CODE)]
    table = table.assign(group=scores.units_of(table["image"]))
    units = counts_by(table, "group", sorted(set(table["code"])))
    counts = np.stack([*units.values()])
    shared = counts[:, shared_codes(counts)]
    if not shared.size:
        return Estimate(scores.model_name, status=NONE_SHARED)
    return _estimate(scores, [*units], shared, MEAN_DICE, confidence)


def _set_reader(metric: str) -> Reader:
    def read(subject: Subject, confidence: float) -> Estimate:
        found = subject.scores.value(metric)
        return Estimate(subject.name, found.value, found.bounds, status=found.status)

    return read


def _f1_readers(name: str) -> list[tuple[Metric, Reader]]:
    """Return the F1 of one type of object at IoU 0.5 and at 0.8, each with its reader."""
    label = f"{name.capitalize()} F1"
    strict = F1.replace("0.5", "0.8")
    return [
        (Metric(f"{name}_f1", label, True, "", F1), _f1_reader(name, 0.5, "")),
        (Metric(f"{name}_f1_80", f"{label} 0.8", True, "", strict), _f1_reader(name, 0.8, STRICT)),
    ]


def _f1_reader(name: str, iou: float, suffix: str) -> Reader:
    def read(subject: Subject, confidence: float) -> Estimate:
        scores = subject.scores
        found = scores.object_f1(name, iou=iou)
        if found.value is None:
            return Estimate(subject.name, status=found.status)
        table = scores.resegmentation
        rows = table[(table["series"] == GENERATOR) & (table["object"] == name)]
        rows = rows[rows["image"] != "all"]
        if rows.empty:
            return Estimate(subject.name, found.value, status=found.status)
        columns = [f"{count}{suffix}" for count in ("tp", "fp", "fn")]
        sums = rows.groupby(scores.units_of(rows["image"]))[columns].sum()
        return _estimate(scores, [*sums.index], sums.to_numpy(float), POOLED_F1, confidence)

    return read


def _mean_estimate(
    scores: Scores, images: pd.Series, values: pd.Series, statistic: Pooled, confidence: float
) -> Estimate:
    """Return the mean of values over patches; those of one unit belong together."""
    units = scores.units_of(images).to_numpy(str)
    sums = mean_sums(values.to_numpy(float), units)
    return _estimate(scores, np.unique(units).tolist(), sums, statistic, confidence)


def _estimate(
    scores: Scores, units: list[str], sums: np.ndarray, statistic: Pooled, confidence: float
) -> Estimate:
    """Return a statistic of `sums` (units, *columns) with what chance does to it."""
    value = float(statistic.of(sums.sum(0)))
    found = bounds(sums, statistic, confidence, scores.noun)
    paired = jackknife(sums, statistic) if found.certain else None
    return Estimate(scores.model_name, value, found, paired, tuple(units))
