"""The reduced font of figures: as wide as the whole one, which stands in for what it lacks."""

import warnings
from pathlib import Path

import pytest
from matplotlib.font_manager import FontProperties, findfont, get_font

from cytoforge.report.drawing import panels, publish
from cytoforge.report.figure_font import FAMILIES, LETTERS, register_figure_font


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_letters_are_as_wide_as_in_the_whole_font(weight: str) -> None:
    register_figure_font()
    reduced, whole = (
        get_font(findfont(FontProperties(family=family, weight=weight), fallback_to_default=False))
        for family in FAMILIES
    )
    assert reduced.num_glyphs < whole.num_glyphs / 4
    known = whole.get_charmap()
    for letter in (code for code in LETTERS if code in known):
        one, other = (font.load_char(letter).linearHoriAdvance for font in (reduced, whole))
        assert one == other, chr(letter)


def test_a_name_in_another_script_is_drawn(tmp_path: Path) -> None:
    figure, axes = panels(1, 1, 1.0)
    axes[0].set_title("µm, Жизнь")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of a glyph that no font has
        shown = publish(figure, tmp_path, "one", "A name")
    assert "Жизнь" in shown
    assert "Figures" not in shown.replace("figure", "")
