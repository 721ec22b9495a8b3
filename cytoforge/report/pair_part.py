"""Part 7a of the page: the best and the worst pairs of each model, side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.images.normalise import to_unit
from cytoforge.images.ome import read_image
from cytoforge.images.picture import colour_composite
from cytoforge.metrics.metric import GENERATOR, Metric
from cytoforge.metrics.score_tables import BY_NAME, Scores
from cytoforge.report.numbers import number
from cytoforge.report.pictures import Picture, difference_rgb, label_picture, photo
from cytoforge.report.results import Results

# Pairs are ranked by perception; pixel metrics would call the most blurred pair the best.
RANKED_BY = ("lpips_vgg", "lpips_alex", "ms_gmsd", "ssim")
SHOWN = ("ssim", "psnr", "pearson")
# A black patch is copied perfectly by a black one, which says nothing. Best pairs are those whose
# real patch varies at least this fraction as much as the patch at the 90 % quantile (a median
# would be black itself where cells are few). The shipped test patches vary by 0.05 to 0.22 of the
# range, the two empty ones among them by 0.008 and 0.013.
CONTENT, FULL_QUANTILE = 0.25, 0.9


def pair_part(results: Results, scores: Sequence[Scores]) -> dict[str, Any]:
    """Return the best and worst pairs of each model, and what they are ranked by."""
    blocks = [_block(results, one) for one in scores if len(one.pairs)]
    return {
        "blocks": blocks,
        "patch_px": results.config["metrics"]["patch_px"],
        "content": f"{CONTENT:g}",
    }


def _block(results: Results, scores: Scores) -> dict[str, Any]:
    metric = _ranking(scores)
    pairs = scores.pairs[scores.pairs["series"] == GENERATOR]
    pairs = pairs[np.isfinite(pairs[metric.name].to_numpy(float))]
    order = pairs.sort_values(
        [metric.name, "image", "row", "col"],
        ascending=[not metric.higher_is_better, True, True, True],
    )
    good = order[has_content(order["real_sd"].to_numpy(float))]
    count = min(results.config["report"]["examples"], len(order) // 2)
    block = {"name": scores.model_name, "metric": metric.label, "n": len(order)}
    if count == 0:  # a single pair is both
        only = [("The only pair", _rows(results, scores, order, metric))]
        return {**block, "n_empty": 0, "groups": only}
    groups = [
        ("Best", _rows(results, scores, good.head(count), metric)),
        ("Worst", _rows(results, scores, order.tail(count).iloc[::-1], metric)),
    ]
    return {**block, "n_empty": len(order) - len(good), "groups": groups}


def has_content(real_sd: np.ndarray) -> np.ndarray:
    """Return whether each real patch (n,) shows enough for its pair to be among the best, bool.

    real_sd : how much each varies

    >>> has_content(np.array([0.01, 0.2, 0.06, 0.22])).tolist()
    [False, True, True, True]
    """
    if not len(real_sd):
        return np.zeros(0, bool)
    full = float(np.quantile(real_sd, FULL_QUANTILE))
    return real_sd >= CONTENT * full


def _ranking(scores: Scores) -> Metric:
    for name in RANKED_BY:
        if len(scores.patch_values(name)):
            return BY_NAME[name]
    return BY_NAME["mse"]


def _rows(
    results: Results, scores: Scores, pairs: pd.DataFrame, ranking: Metric
) -> list[dict[str, Any]]:
    rows = []
    for pair in pairs.to_dict("records"):
        names = [ranking.name, *(name for name in SHOWN if name != ranking.name)]
        rows.append(
            {
                "place": f"{pair['image']}, row {pair['row']}, column {pair['col']}",
                "values": [(BY_NAME[name].label, number(pair.get(name))) for name in names],
                "pictures": pair_pictures(results, scores.model_name, pair),
            }
        )
    return rows


def pair_pictures(results: Results, model_name: str, pair: dict[Any, Any]) -> list[Picture]:
    """Return label map, synthetic, real and difference of one patch."""
    name, row, col = str(pair["image"]), int(pair["row"]), int(pair["col"])
    side = results.config["metrics"]["patch_px"]
    box = np.s_[row : row + side, col : col + side]
    labels = results.label_map(model_name, name)[box]
    made_file = results.synthetic_rows(model_name, name)[0]["image"]
    made = read_image(made_file)
    synthetic, real = to_unit(made.crop(*box)), to_unit(results.image(name, model_name).crop(*box))
    place = f"{name} at row {row}, column {col}"
    return [
        label_picture(labels, results.codes(model_name), f"Label map, {place}", title="label map"),
        photo(colour_composite(synthetic, made.channels), f"Synthetic, {place}", title="synthetic"),
        photo(colour_composite(real, made.channels), f"Real, {place}", title="real"),
        photo(
            difference_rgb(synthetic, real),
            f"Synthetic minus real, {place}",
            title="synthetic − real",
        ),
    ]
