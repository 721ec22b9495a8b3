"""A page for a reader who does not know which crops are real: the oldest measure of realism.

Half of the crops are real, half synthetic, no place is shown twice, and all are stored alike. The
key is in the page (there is no server to ask), but not so that it could be read in passing.
"""

import base64
import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup
from scipy import stats

from cytoforge.images.normalise import to_unit
from cytoforge.images.ome import read_image
from cytoforge.images.picture import colour_composite
from cytoforge.metrics.metric import GENERATOR
from cytoforge.metrics.score_tables import Scores
from cytoforge.report.pictures import Picture, photo
from cytoforge.report.render import render
from cytoforge.report.results import Results
from cytoforge.seeds import generator

MOST = 40  # crops: some minutes, and half right is told from 70 % right
CONFIDENCE = 0.95


def blinded_pages(results: Results, scores: Sequence[Scores]) -> dict[str, str]:
    """Return a page per model that has test patches and fields, by the model's name."""
    return {
        one.model_name: _page(results, one)
        for one in scores
        if len(one.pairs) >= 2 and all(
            results.synthetic_rows(one.model_name, image) for image in set(one.pairs["image"])
        )
    }  # fmt: skip


def drawn_crops(places: pd.DataFrame, seed: int, name: str) -> pd.DataFrame:
    """Return at most 40 of the places in random order, with `made`, half of them true.

    Columns: image, row, col, made.
    """
    random = generator(seed, "report", "blinded", name)
    n = min(MOST, len(places)) // 2 * 2
    chosen = random.permutation(len(places))[:n]
    made = random.permutation(np.arange(n) % 2 == 0)
    return places.iloc[chosen].reset_index(drop=True).assign(made=made)


def answer_key(made: np.ndarray, seed: int, name: str) -> str:
    """Return base64 of one random byte per crop whose lowest bit is 1 for a synthetic one."""
    noise = generator(seed, "report", "key", name).integers(0, 128, len(made)) * 2
    return base64.b64encode((noise + made).astype(np.uint8).tobytes()).decode("ascii")


def exact_intervals(n: int) -> list[tuple[float, float]]:
    """Return the Clopper-Pearson interval of k right among n, for k = 0 … n.

    >>> low, high = exact_intervals(10)[5]
    >>> round(low, 3), round(high, 3)
    (0.187, 0.813)
    """
    found = [stats.binomtest(k, n).proportion_ci(CONFIDENCE, method="exact") for k in range(n + 1)]
    return [(round(float(one.low), 4), round(float(one.high), 4)) for one in found]


def _page(results: Results, scores: Scores) -> str:
    name, seed = scores.model_name, int(results.config["seed"])
    ours = scores.pairs[scores.pairs["series"] == GENERATOR]
    crops = drawn_crops(ours[["image", "row", "col"]], seed, name)
    data = {
        "model": name,
        "key": answer_key(crops["made"].to_numpy(), seed, name),
        "intervals": exact_intervals(len(crops)),
        "confidence": CONFIDENCE,
    }
    # "</" would end the script.
    values = Markup(json.dumps(data).replace("</", "<\\/"))
    pictures = _pictures(results, name, crops)
    return render({"crops": pictures, "data": values}, "blinded.html.j2")


def _pictures(results: Results, model_name: str, crops: pd.DataFrame) -> list[Picture]:
    """Return the crops as pictures, in their order; each file is read once."""
    side = int(results.config["metrics"]["patch_px"])
    found: dict[int, Picture] = {}
    for (image, made), rows in crops.groupby(["image", "made"]):
        field = (
            read_image(results.synthetic_rows(model_name, str(image))[0]["image"])
            if made
            else results.image(str(image), model_name)
        )
        for place, row in rows.iterrows():
            box = slice(row["row"], row["row"] + side), slice(row["col"], row["col"] + side)
            crop = colour_composite(to_unit(field.crop(*box)), field.channels)
            found[int(str(place))] = photo(np.ascontiguousarray(crop), "A crop to be judged")
    return [found[place] for place in sorted(found)]
