"""How the page names and orders metrics."""

from collections.abc import Sequence

from cytoforge.metrics.metric import Metric
from cytoforge.metrics.registry import PAIR_METRICS
from cytoforge.metrics.score_tables import Value

ORIGINAL = tuple(metric for metric in PAIR_METRICS if metric.original)
HIGH_VALUED = ("psnr", "mse", "mae", "gradient_error")
# Short enough for an axis; the tables have the full names.
SHORT = {
    "lpips_vgg": "LPIPS",
    "pearson": "Pearson",
    "cross_entropy": "cross-ent.",
    "bhattacharyya": "histogram",
    "gradient_error": "gradient",
}


def short(metric: Metric) -> str:
    """Return a metric's name for an axis."""
    return SHORT.get(metric.name, metric.label)


def with_unit(metric: Metric) -> str:
    """Return a metric's name for an axis of its own, with the unit."""
    return f"{metric.label} ({metric.unit})" if metric.unit else metric.label


def arrow(metric: Metric) -> str:
    """Return which direction is better, as a sign for table heads."""
    return {True: "↑", False: "↓", None: ""}[metric.higher_is_better]


def best_of(metric: Metric, values: Sequence[Value]) -> set[int]:
    """Return the index of the best value where its interval lies apart from all others.

    None where the metric has no direction, where a value has no interval (fewer than six
    independent units), and where an interval of another overlaps: chance may have chosen then.
    """
    known = [(k, one.bounds) for k, one in enumerate(values) if one.value is not None]
    if metric.higher_is_better is None or len(known) < 2:
        return set()
    for k, ours in known:
        others = [bounds for other, bounds in known if other != k]
        if all(b.below(ours) if metric.higher_is_better else ours.below(b) for b in others):
            return {k}
    return set()
