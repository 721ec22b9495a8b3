"""Curves and facts of a training, whatever its model."""

import re
from pathlib import Path

import pytest

from cytoforge.report.results import open_results
from cytoforge.report.training_part import LOSS_NAMES, loss_charts, training_part
from tests.report.made_up import made_up_config, made_up_results


def history(**losses: list[float]) -> list[dict[str, str]]:
    steps = range(len(next(iter(losses.values()))))
    return [
        {"step": str(k), **{name: str(values[k]) for name, values in losses.items()}} for k in steps
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [("g_vgg", "generator, VGG"), ("d_mix", "discriminator, LabelMix"), ("g_new", "g new")],
)
def test_losses_have_readable_names(written: str, shown: str):
    (chart,) = loss_charts(history(**{written: [0.5, 0.4]}))
    assert f"<title>{shown}</title>" in chart["svg"]


def test_every_loss_that_a_model_writes_has_a_name(root: Path):
    sources = [path.read_text() for path in (root / "cytoforge" / "models").rglob("*.py")]
    written = {name for text in sources for name in re.findall(r'"([gd]_[a-z0-9_]+)"', text)}
    assert written
    assert written <= set(LOSS_NAMES)


def test_a_loss_nobody_named_keeps_its_own_words():
    (chart,) = loss_charts(history(g_new_idea=[0.5, 0.4]))
    assert "<title>g new idea</title>" in chart["svg"]


def test_each_side_has_a_chart_of_its_own():
    charts = loss_charts(history(g_gan=[1, 1], d_real=[1, 1], d_fake=[1, 1]))
    assert [(c["title"], len(c["legend"])) for c in charts] == [
        ("Generator losses", 0),
        ("Discriminator losses", 2),
    ]


def test_negative_losses_are_drawn_on_a_linear_axis():
    (chart,) = loss_charts(history(d_real=[-2, -1, 1, 2]))
    assert chart["svg"].count("L") == 3  # all four points
    assert ">0<" in chart["svg"]


def test_the_model_card_is_linked_where_there_is_one(tmp_path: Path):
    results = made_up_results(tmp_path)
    (results / "models" / "pix2pix4" / "model_card.md").write_text("# pix2pix4")
    blocks = training_part(open_results(results, made_up_config()))["blocks"]
    assert [block["card"] for block in blocks] == ["model_card.md", ""]
