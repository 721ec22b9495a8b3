"""Every distance in a unit that an eye knows: as far as real patches blurred by so many px."""

import numpy as np

from cytoforge.metrics.blurred import SIGMAS, dose
from cytoforge.metrics.material import Finding, Material, nothing
from cytoforge.metrics.metric import Metric
from cytoforge.metrics.registry import PAIR_METRICS, SET_METRICS, SET_SOURCES
from cytoforge.seeds import generator

PAIRWISE = tuple(metric for metric in PAIR_METRICS if metric.name.startswith("lpips"))
MEASURES = tuple(
    Metric(
        f"blur_of_{metric.name}",
        f"{metric.label}, as real blurred by",
        False,
        "px",
        f"SD of the Gaussian that takes real patches as far from themselves ({metric.label}).",
        weights=metric.weights,
    )
    for metric in (*PAIRWISE, *SET_METRICS)
)


def measure(material: Material) -> list[Finding]:
    """Return the dose of every distance of every series."""
    return [
        _finding(material, metric, series)
        for metric in (*PAIRWISE, *SET_METRICS)
        for series in material.series
    ]


def _finding(material: Material, metric: Metric, series: str) -> Finding:
    name, weights = f"blur_of_{metric.name}", str(metric.weights)
    if weights in material.skipped:
        return nothing(name, series, str(material.skipped[weights]))
    if len(material.blurred.rows) < 2:
        return nothing(name, series, "skipped: needs two patches")
    at = _pair_distances if metric in PAIRWISE else _set_distances
    distance, steps = at(material, metric, series)
    found = dose(distance, steps)
    if not np.isfinite(found):
        return nothing(name, series, f"farther than real patches blurred by {SIGMAS[-1]:g} px")
    return Finding(name, series, np.array([found]), np.array(["all"]))


def _pair_distances(
    material: Material, metric: Metric, series: str
) -> tuple[float, dict[float, float]]:
    """Return the mean over the ladder's patches, and that of each step; identical ones are at 0."""
    ours = material.scores.distances[series][metric.name][material.blurred.rows]
    blurred = material.blurred.scores.distances
    steps = {sigma: float(blurred[str(sigma)][metric.name].mean()) for sigma in SIGMAS}
    return float(ours.mean()), {0.0: 0.0, **steps}


def _set_distances(
    material: Material, metric: Metric, series: str
) -> tuple[float, dict[float, float]]:
    """Return the distance of the ladder's patches to the real ones, and that of each step."""
    features, weights = material.blurred.scores.features, str(metric.weights)
    real = features[weights]["real"]

    def distance(made: np.ndarray) -> float:
        random = generator(material.seed, "blur", metric.name)
        return float(SET_SOURCES[metric.name](real, made, random)[0])

    ours = material.scores.features[weights][series][material.blurred.rows]
    steps = {sigma: distance(features[weights][str(sigma)]) for sigma in SIGMAS}
    return distance(ours), {0.0: distance(real), **steps}
