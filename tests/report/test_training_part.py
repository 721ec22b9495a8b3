"""Curves and facts of a training, whatever its model."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from cytoforge.images.picture import write_png
from cytoforge.report.results import open_results
from cytoforge.report.training_part import LOSS_NAMES, training_figure, training_part
from tests.report.made_up import made_up_config, made_up_results


def history(**losses: list[float]) -> list[dict[str, str]]:
    steps = range(len(next(iter(losses.values()))))
    return [
        {"step": str(k), **{name: str(values[k]) for name, values in losses.items()}} for k in steps
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("g_vgg", "generator, VGG"),
        ("d_mix", "discriminator, LabelMix"),
        ("g_new_idea", "g new idea"),
    ],
)
def test_losses_have_readable_names(written: str, shown: str):
    figure = training_figure(history(**{written: [0.5, 0.4]}), {}, None)
    assert [line.get_label() for line in figure.axes[0].lines] == [shown]


def test_every_loss_that_a_model_writes_has_a_name(root: Path):
    sources = [path.read_text() for path in (root / "cytoforge" / "models").rglob("*.py")]
    written = {name for text in sources for name in re.findall(r'"([gd]_[a-z0-9_]+)"', text)}
    assert written
    assert written <= set(LOSS_NAMES)


def test_each_group_has_a_panel_of_its_own():
    figure = training_figure(history(g_gan=[1, 1], d_real=[1, 1], d_fake=[1, 1]), {}, None)
    assert [(a.get_title("left"), len(a.lines)) for a in figure.axes] == [
        ("Generator losses", 1),
        ("Discriminator losses", 2),
    ]


def test_scores_of_any_name_have_a_panel_with_the_kept_step():
    figure = training_figure(history(g_gan=[1, 1], val_panoptic_quality=[0.2, 0.4]), {}, 1)
    panel = figure.axes[1]
    assert panel.get_title("left") == "Validation panoptic quality"
    assert panel.lines[0].get_ydata().tolist() == [0.2, 0.4]
    assert panel.lines[1].get_xdata() == [1, 1]


def test_a_loss_that_is_0_now_and_then_leaves_the_axis_logarithmic():
    (panel,) = training_figure(history(d_r1=[0, 0.1, 0]), {}, None).axes
    assert panel.get_yscale() == "log"
    assert list(panel.lines[0].get_ydata()) == [0.1]  # a logarithm of 0 cannot be drawn


def test_negative_losses_are_drawn_on_a_linear_axis():
    (panel,) = training_figure(history(d_real=[-2, -1, 1, 2]), {}, None).axes
    assert panel.get_yscale() == "linear"
    assert list(panel.lines[0].get_ydata()) == [-2, -1, 1, 2]


def test_a_validation_that_only_got_worse_is_a_warning(tmp_path: Path):
    results = made_up_results(tmp_path)
    path = results / "models" / "pix2pix4" / "model.json"
    model = json.loads(path.read_text())
    path.write_text(json.dumps({**model, "worsening": "validation only got worse"}))
    blocks = training_part(open_results(results, made_up_config()))["blocks"]
    warned = [("warning", "validation only got worse") in block["facts"] for block in blocks]
    assert warned == [True, False]


def test_the_model_card_is_linked_where_there_is_one(tmp_path: Path):
    results = made_up_results(tmp_path)
    (results / "models" / "pix2pix4" / "model_card.md").write_text("# pix2pix4")
    blocks = training_part(open_results(results, made_up_config()))["blocks"]
    assert [block["card"] for block in blocks] == ["model_card.md", ""]


@pytest.mark.parametrize("both", [True, False])
def test_a_sheet_of_two_domains_says_which_is_which(tmp_path: Path, both: bool):
    results = made_up_results(tmp_path)
    folder = results / "models" / "pix2pix4"
    model = json.loads((folder / "model.json").read_text())
    model["training"] = {**model["training"], "task": "image_to_image"}
    model |= {"domains": ["ihc", "he"], "condition": {"reverse": both}}
    (folder / "model.json").write_text(json.dumps(model))
    write_png(folder / "samples.png", np.zeros((4, 4, 3), np.uint8))
    blocks = training_part(open_results(results, made_up_config()))["blocks"]
    columns = "real ihc · he made of it · real he" + " · ihc made of it" * both
    assert columns in str(blocks[0]["sheet"])
