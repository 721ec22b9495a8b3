"""What is said of every score of a translation: its family, label, direction and meaning."""

from cytoforge.metrics.metric import Metric
from cytoforge.metrics.registry import SET_METRICS
from cytoforge.metrics.translation.photo_quality import QUALITY

UNTRANSLATED, REINHARD, MACENKO = "untranslated", "reinhard", "macenko"
MODEL, REAL = "model", "real_vs_real"
SERIES = {
    MODEL: "model",
    UNTRANSLATED: "untranslated",
    REINHARD: "Reinhard",
    MACENKO: "Macenko",
    REAL: "real against real",
}
"""The rows of every table, and what the page calls them."""

STAIN = (
    Metric("positive_dice", "Dice of DAB", True, "", "Positive pixels of the real partner."),
    Metric("positive_jaccard", "Jaccard of DAB", True, "", "The same, intersection over union."),
    Metric("positive_tpr", "Positive pixels found", True, "", "True positive rate."),
    Metric("positive_tnr", "Negative pixels left", True, "", "True negative rate."),
    Metric(
        "positive_hd95",
        "Hausdorff distance of DAB",
        False,
        "px",
        "Between the edges of the masks, 95 %; the field's diagonal where one is empty.",
    ),
    Metric("positive_fraction", "Positive fraction", None, "", "Mean over fields; real is real."),
    Metric(
        "positive_distance",
        "Distance of positive fractions",
        False,
        "",
        "Wasserstein distance to the distribution of the real fields' positive fractions.",
    ),
    Metric("od_haematoxylin", "Haematoxylin", None, "OD", "Mean optical density.", signed=True),
    Metric("od_eosin", "Eosin", None, "OD", "Mean optical density.", signed=True),
    Metric("od_dab", "DAB", None, "OD", "Mean optical density.", signed=True),
)
STRUCTURE = (
    Metric("nuclei_f1", "Nuclei kept", True, "F1", "The same segmenter on source and translation."),
    Metric("invented", "Invented nuclei", False, "per 1,000", "By those found in the source."),
    Metric("lost", "Lost nuclei", False, "per 1,000", "Of those found in the source."),
    Metric("haematoxylin_ssim", "SSIM of haematoxylin", True, "", "Source and translation."),
    Metric(
        "haematoxylin_correlation",
        "Correlation of haematoxylin",
        True,
        "",
        "Source and translation; does not see a paler or darker stain.",
        signed=True,
    ),
    Metric("cycle_error", "Cycle error", False, "grey", "Source against there and back, 0–255."),
)
TASK = (
    Metric("point_precision", "Precision", True, "", "Of nuclei found, against the true points."),
    Metric("point_recall", "Recall", True, "", "Of the true points."),
    Metric("point_f1", "F1", True, "", "Nuclei found, against the true points."),
    Metric("point_ap", "Average precision", True, "", "Only where nuclei have a confidence."),
)
FAMILIES = {
    "stain": STAIN,
    "structure": STRUCTURE,
    "distribution": SET_METRICS,
    "quality": QUALITY,
    "task": TASK,
}
METRICS = {metric.name: metric for family in FAMILIES.values() for metric in family}
FAMILY_OF = {metric.name: name for name, family in FAMILIES.items() for metric in family}
