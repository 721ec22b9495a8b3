"""Figures that cost nothing, for tests that look at other parts of the page."""

from pathlib import Path
from typing import Any, TextIO

import pytest
from matplotlib.figure import Figure


@pytest.fixture
def empty_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write empty files instead of drawing: drawing all figures of a page takes seconds."""

    def write(figure: Figure, target: Path | TextIO, **options: Any) -> None:
        svg = '<svg viewBox="0 0 9 9"></svg>'
        if isinstance(target, Path):
            target.write_text(svg, encoding="utf-8")
        else:
            target.write(svg)

    monkeypatch.setattr(Figure, "savefig", write)
    monkeypatch.setattr("cytoforge.report.drawing.arrange", lambda figure: None)
