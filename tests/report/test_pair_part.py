"""The best and the worst pairs of a model."""

from pathlib import Path

import numpy as np
import pandas as pd

from cytoforge.metrics.score_tables import read_scores
from cytoforge.report.pair_part import has_content, pair_part
from cytoforge.report.results import open_results
from tests.report.made_up import made_up_config, made_up_results


def test_a_black_patch_has_no_content_even_where_most_are_black():
    assert has_content(np.array([0.0, 0.01, 0.2])).tolist() == [False, False, True]
    mostly_black = np.array([*[0.01] * 8, 0.2, 0.1])
    assert has_content(mostly_black).tolist() == [False] * 8 + [True, True]


def test_patches_of_one_kind_all_have_content():
    assert has_content(np.zeros(3)).all()  # all black: nothing better is to be had
    assert has_content(np.full(3, 0.2)).all()
    assert has_content(np.zeros(0)).tolist() == []


def places(rows: list[dict]) -> list[str]:
    return [row["place"] for row in rows]


def test_a_black_patch_is_not_the_best_pair_though_its_score_is(tmp_path: Path):
    config = made_up_config()
    root = made_up_results(tmp_path)
    path = root / "metrics" / "pix2pix4" / "pairs.csv"
    pairs = pd.read_csv(path)
    rows = pairs.index[pairs["series"] == "generator"]
    pairs.loc[rows, "lpips_vgg"] = np.arange(1, len(rows) + 1) / 10  # the first is the best …
    pairs.loc[rows[0], "real_sd"] = 0.01  # … and black
    pairs.to_csv(path, index=False)
    scores = read_scores("pix2pix4", path.parent)
    (block,) = pair_part(open_results(root, config), [scores])["blocks"]
    (_, best), (_, worst) = block["groups"]
    second, last = (pairs.loc[rows[k]] for k in (1, -1))
    assert places(best)[0] == f"{second['image']}, row {second['row']}, column {second['col']}"
    assert places(worst)[0] == f"{last['image']}, row {last['row']}, column {last['col']}"
    assert (block["n"], block["n_empty"]) == (len(rows), 1)
