"""A validation that only gets worse is said: in a sentence, in the log and on the card."""

import json

import pytest

from cytoforge.training.history import History
from cytoforge.training.run import train
from cytoforge.training.worsening import worsening


def history(lpips: list[float | None], l1: float = 0.1) -> History:
    found = History(["l1", "lpips"])
    found.rows = [
        {"step": 10 * number, "val_l1": l1, "val_lpips": score}
        for number, score in enumerate(lpips, 1)
    ]
    return found


def test_scores_that_only_rise_are_said_with_the_kept_step_and_what_helps(tiny_config):
    found = worsening(tiny_config(learning_rate=0.01), history([0.70, None, 0.71, 0.737]), 10)
    assert found == (
        "validation only got worse: lpips rose from 0.7 at step 10 to 0.737 at step 40, and the"
        " weights of step 10 are kept. Lower `training.learning_rate` (now 0.01)"
    )


def test_where_the_last_step_is_kept_whatever_its_score_the_choice_is_what_helps(tiny_config):
    found = worsening(tiny_config(select_by="last"), history([0.70, 0.71, 0.737]), 30)
    assert "weights of step 30 are kept" in found
    assert found.endswith("take out `training.select_by: last`")


@pytest.mark.parametrize(
    "lpips",
    [
        [0.70, 0.69, 0.80],  # better once
        [0.70, 0.70, 0.70],  # never worse
        [0.70, 0.80],  # two are chance
        [None, None, None],  # no val tiles; here L1 stays as it is
    ],
)
def test_nothing_is_said_otherwise(tiny_config, lpips):
    assert worsening(tiny_config(), history(lpips), 10) == ""


def test_a_training_that_only_gets_worse_says_so_in_log_and_card(
    tiny_config, tiny_data, tmp_path, capsys, monkeypatch
):
    scores = iter([0.1, 0.2, 0.3])
    monkeypatch.setattr(
        "cytoforge.training.loop.validate", lambda *_: {"l1": next(scores), "lpips": None}
    )
    config = tiny_config(steps=3, validate_every=1)
    train(
        tiny_data(), config, "pix2pix", tmp_path / "model", tmp_path / "state", seed=1, threads=1,
        device="cpu",
    )  # fmt: skip
    assert "warning: validation only got worse: l1 rose from 0.1" in capsys.readouterr().err
    model = json.loads((tmp_path / "model" / "model.json").read_text())
    assert model["best_step"] == 1
    assert "weights of step 1 are kept" in (tmp_path / "model" / "model_card.md").read_text()
