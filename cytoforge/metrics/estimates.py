"""The estimates models are ranked by, with the same resampled images for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from cytoforge.jobs.optional_files import read_json, read_rows, real
from cytoforge.metrics.metric import Metric
from cytoforge.metrics.ranking import Estimate
from cytoforge.metrics.score_tables import BY_NAME, GENERATOR, Scores
from cytoforge.metrics.statistics import image_draws, interval
from cytoforge.metrics.verdicts import NEAR

VAL_L1 = Metric(
    "val_l1", "Validation L1", False, "", "Of the kept weights on the validation tiles, unit range."
)
LABEL_FIDELITY = Metric(
    "label_fidelity",
    "Label fidelity",
    True,
    "F1",
    "The field segmented again and rendered as a label map: pixel F1, mean of the levels.",
)
DIVERSITY = Metric(
    "diversity", "Diversity", True, "LPIPS", "Between samples of one label map; 0 is deterministic."
)
COPIES = Metric(
    "copies",
    "Near a training tile",
    False,
    "%",
    "Synthetic patches nearer to a training tile than the nearest 5 % of real held-out ones.",
)
F1 = "Objects of the label map that the same segmenter finds in the synthetic image, IoU 0.5."
MEAN_LEVEL = -1  # the code of the mean in label_fidelity.csv


@dataclass(frozen=True)
class Resampling:
    """How intervals are made: the resampled images are the same for every model."""

    resamples: int
    confidence: float
    seed: int

    def draws(self, images: Sequence[str]) -> np.ndarray:
        """Return how often each image is drawn, (resamples, images)."""
        return image_draws(len(images), self.resamples, self.seed, "compared")


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


Reader = Callable[[Subject, Resampling], Estimate]


def readers(subjects: Sequence[Subject]) -> list[tuple[Metric, Reader]]:
    """Return the metrics that at least one model has a value of, each with its reader."""
    objects = dict.fromkeys(name for one in subjects for name in one.scores.objects())
    found: list[tuple[Metric, Reader]] = [
        (VAL_L1, lambda one, _: validation_l1(one)),
        # Both networks: a loss may have been taught by one of them (pix2pixHD's VGG loss).
        *((BY_NAME[name], _pair_reader(name)) for name in ("lpips_vgg", "lpips_alex")),
        *((BY_NAME[name], _set_reader(name)) for name in ("vgg16_frechet", "fid")),
        *(
            (Metric(f"{name}_f1", f"{name.capitalize()} F1", True, "", F1), _f1_reader(name))
            for name in objects
        ),
        (LABEL_FIDELITY, lambda one, how: label_fidelity(one.scores, how)),
        (DIVERSITY, lambda one, how: diversity(one.scores, how)),
        (COPIES, lambda one, how: copies(one.scores, how)),
    ]
    quick = Resampling(1, 0.95, 0)
    return [
        (metric, read)
        for metric, read in found
        if any(read(one, quick).value is not None for one in subjects)
    ]


def _pair_reader(metric: str) -> Reader:
    return lambda one, how: pair_mean(one.scores, metric, how)


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


def pair_mean(scores: Scores, metric: str, how: Resampling) -> Estimate:
    """Return the mean of a pair metric over the test patches."""
    if metric not in scores.pairs or not len(scores.patch_values(metric)):
        return Estimate(scores.model_name, status=scores.value(metric).status)
    table = scores.pairs[scores.pairs["series"] == GENERATOR]
    table = table[np.isfinite(table[metric].to_numpy(float))]
    return _mean_estimate(scores.model_name, table["image"], table[metric], how)


def diversity(scores: Scores, how: Resampling) -> Estimate:
    """Return the mean LPIPS between samples of one label map."""
    table = scores.diversity
    if not len(table):
        return Estimate(scores.model_name, status="not measured")
    table = table[(table["series"] == GENERATOR) & table["value"].notna()]
    for metric in ("lpips_vgg", "lpips_alex"):
        some = table[(table["metric"] == metric) & (table["image"] != "all")]
        if len(some):
            return _mean_estimate(scores.model_name, some["image"], some["value"], how)
    return Estimate(scores.model_name, status=str(scores.diversity["status"].iloc[0]))


def copies(scores: Scores, how: Resampling) -> Estimate:
    """Return how many synthetic patches are nearer to a training tile than the nearest 5 %
    of real held-out patches, in %."""
    table = scores.memorisation
    if "distance" not in table or not table["distance"].notna().any():
        status = str(table["status"].iloc[0]) if len(table) else "not measured"
        return Estimate(scores.model_name, status=status)
    limit = table.loc[table["series"] == "real", "distance"].quantile(NEAR)
    ours = table[table["series"] == GENERATOR]
    near = 100.0 * (ours["distance"] < limit)
    return _mean_estimate(scores.model_name, ours["image"], near, how)


def label_fidelity(scores: Scores, how: Resampling) -> Estimate:
    """Return the mean pixel F1 of the levels of the field segmented again."""
    table = scores.label_fidelity
    table = table[table["series"] == GENERATOR] if len(table) else table
    if not len(table) or not (table["status"] == "ok").any():
        status = str(table["status"].iloc[0]) if len(table) else "not measured"
        return Estimate(scores.model_name, status=status)
    whole = table[(table["image"] == "all") & (table["code"] == MEAN_LEVEL)].iloc[0]
    estimate = Estimate(scores.model_name, float(whole["f1"]))
    rows = table[(table["image"] != "all") & (table["code"] != MEAN_LEVEL)]
    return _with_interval(estimate, rows, "code", ("both", "pixels", "found"), mean_dice, how)


def _set_reader(metric: str) -> Reader:
    def read(subject: Subject, how: Resampling) -> Estimate:
        found = subject.scores.value(metric)
        return Estimate(subject.name, found.value, found.low, found.high, status=found.status)

    return read


def _f1_reader(name: str) -> Reader:
    def read(subject: Subject, how: Resampling) -> Estimate:
        found = subject.scores.object_f1(name)
        estimate = Estimate(subject.name, found.value, status=found.status)
        if found.value is None:
            return estimate
        table = subject.scores.resegmentation
        rows = table[(table["series"] == GENERATOR) & (table["object"] == name)]
        rows = rows[rows["image"] != "all"]
        return _with_interval(estimate, rows, "object", ("tp", "fp", "fn"), mean_f1, how)

    return read


def mean_f1(counts: np.ndarray) -> np.ndarray:
    """Return the F1 of counts (..., types, 3) of true positives, false positives and misses.

    8 found, 2 extra, 2 missed:

    >>> float(mean_f1(np.array([[8.0, 2, 2]])))
    0.8
    """
    tp, fp, fn = np.moveaxis(counts, -1, 0)
    total = 2 * tp + fp + fn
    return np.where(total > 0, 2 * tp / np.maximum(total, 1), 1.0).mean(-1)


def mean_dice(counts: np.ndarray) -> np.ndarray:
    """Return the mean Dice of counts (..., codes, 3) of pixels (both, given, found) over the codes
    that the given label map has.

    >>> float(mean_dice(np.array([[6.0, 8, 8], [0, 0, 5]])))  # the second was not given
    0.75
    """
    both, pixels, found = np.moveaxis(counts, -1, 0)
    dice = np.where(pixels > 0, 2 * both / np.maximum(pixels + found, 1), np.nan)
    return np.nanmean(dice, axis=-1)


def _mean_estimate(
    model_name: str, images: pd.Series, values: pd.Series, how: Resampling
) -> Estimate:
    """Return the mean of values over patches, with all patches of a drawn image coming along."""
    estimate = Estimate(model_name, float(values.mean()))
    by_image = values.astype(float).groupby(images.astype(str)).agg(["sum", "count"])
    sums, counts = by_image.to_numpy(float).T

    def mean(draws: np.ndarray) -> np.ndarray:
        return (draws @ sums) / (draws @ counts)

    return _bounded(estimate, tuple(by_image.index), mean, how)


def _with_interval(
    estimate: Estimate,
    rows: pd.DataFrame,
    type_column: str,
    columns: tuple[str, str, str],
    statistic: Callable[[np.ndarray], np.ndarray],
    how: Resampling,
) -> Estimate:
    """Return the estimate with its interval, from counts per image and type (level or object)."""
    if rows.empty:
        return estimate
    sums = rows.groupby(["image", type_column])[list(columns)].sum()
    images, types = sorted(set(rows["image"])), sorted(set(rows[type_column]))
    counts = np.stack(  # (images, types, 3)
        [sums.loc[image].reindex(types, fill_value=0).to_numpy(float) for image in images]
    )

    def pooled(draws: np.ndarray) -> np.ndarray:
        return statistic(np.einsum("ri,ikc->rkc", draws, counts))

    return _bounded(estimate, tuple(images), pooled, how)


def _bounded(
    estimate: Estimate,
    images: tuple[str, ...],
    statistic: Callable[[np.ndarray], np.ndarray],
    how: Resampling,
) -> Estimate:
    """Return the estimate with its interval over images; one image alone gives none."""
    if len(images) < 2:
        return estimate
    resampled = statistic(how.draws(images))
    low, high = interval(resampled, how.confidence)
    return replace(estimate, low=low, high=high, resampled=resampled, images=images)
