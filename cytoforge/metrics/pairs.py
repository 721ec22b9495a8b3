"""The table of pairs: every metric of every patch in every series, and its summary."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.intervals import unit_noun
from cytoforge.metrics.pretrained_scores import NetworkScores
from cytoforge.metrics.registry import PAIR_METRICS, SOURCES
from cytoforge.metrics.statistics import outliers, summarise
from cytoforge.pretrained.weights import Missing

BATCH_PIXELS = 2**22


@dataclass(frozen=True)
class Patches:
    """Patches with their place: `ids` has the columns image, row, col (top-left pixel) and group
    (what the split keeps together), one row a patch; `unit` is float32 (n, C, P, P) in [0, 1]."""

    ids: pd.DataFrame
    unit: np.ndarray

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.unit):
            raise ValueError(f"{len(self.ids)} ids for {len(self.unit)} patches")


def pair_values(real: np.ndarray, fake: np.ndarray) -> dict[str, np.ndarray]:
    """Return every weightless pair metric of unit patches (n, C, P, P), each (n,).

    MSE, MAE and gradient error are on the 0–255 scale; PSNR may be infinite, others NaN.
    """
    step = max(1, BATCH_PIXELS // int(np.prod(real.shape[1:])))
    parts: dict[str, list[torch.Tensor]] = {}
    for start in range(0, len(real), step):
        x = torch.from_numpy(real[start : start + step])
        y = torch.from_numpy(fake[start : start + step])
        for source in SOURCES:
            for name, values in source(x, y).items():
                parts.setdefault(name, []).append(values)
    return {name: torch.cat(values).numpy() for name, values in parts.items()}


def pair_table(
    real: Patches, series: dict[str, Patches], scores: NetworkScores, config: MetricsConfig
) -> pd.DataFrame:
    """Return one row a series and patch.

    Columns: series, image, row, col, group (of the real patch), with_image, with_row, with_col,
    with_group (of what it is compared with), real_sd (how much the real patch varies: the mean SD
    of its channels, of a range of 1), the metrics, and psnr_capped. Metrics without weights are NaN
    throughout.
    """
    tables = []
    real_sd = real.unit.std((2, 3), dtype=np.float64).mean(1)
    for name, patches in series.items():
        values = pair_values(real.unit, patches.unit) | scores.distances.get(name, {})
        other = patches.ids.reset_index(drop=True).add_prefix("with_")
        table = pd.concat([real.ids.reset_index(drop=True), other], axis=1)
        table.insert(0, "series", name)
        table["real_sd"] = real_sd
        for metric in PAIR_METRICS:
            table[metric.name] = values.get(metric.name, np.nan)
        table["psnr_capped"] = table["psnr"] > config.psnr_cap_db
        table["psnr"] = table["psnr"].clip(upper=config.psnr_cap_db)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def summary_table(
    pairs: pd.DataFrame, skipped: dict[str, Missing], config: MetricsConfig
) -> pd.DataFrame:
    """Return one row a series and metric: the cells of `Summary`, n_capped, status.

    status is "ok", "undefined" (no patch has a value) or "skipped: <why and how to enable it>".
    """
    rows = []
    for series, part in pairs.groupby("series", sort=False):
        units = part["group"].to_numpy(str)
        noun = unit_noun(units, part["image"].to_numpy(str))
        for metric in PAIR_METRICS:
            summary = summarise(part[metric.name].to_numpy(), units, metric, config, noun)
            status = "ok" if summary.n else "undefined"
            if metric.weights in skipped:
                status = str(skipped[metric.weights])
            capped = int(part["psnr_capped"].sum()) if metric.name == "psnr" else 0
            row = {"series": series, "metric": metric.name, **summary.cells()}
            rows.append(row | {"n_capped": capped, "status": status})
    return pd.DataFrame(rows)


def outlier_table(pairs: pd.DataFrame, config: MetricsConfig) -> pd.DataFrame:
    """Return the outliers of every series and metric with their image ids."""
    found = [
        outliers(part, metric, config)
        for _, part in pairs.groupby("series", sort=False)
        for metric in PAIR_METRICS
    ]
    return pd.concat(found, ignore_index=True)
