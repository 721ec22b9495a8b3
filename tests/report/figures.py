"""Figures that cost nothing, for tests that look at other parts of the page.

Matplotlib is imported where it is used: every process of pytest reads this file, and those that
run no test, or a cluster's, need none of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import pytest


@contextmanager
def nothing_drawn() -> Iterator[None]:
    """Write empty files instead of drawing: drawing all figures of a page takes seconds."""
    from matplotlib.figure import Figure

    def write(figure: Figure, target: Path | TextIO, **options: Any) -> None:
        svg = '<svg viewBox="0 0 9 9"></svg>'
        if isinstance(target, Path):
            target.write_text(svg, encoding="utf-8")
        else:
            target.write(svg)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", write)
        patch.setattr("cytoforge.report.drawing.arrange", lambda figure: None)
        yield


@pytest.fixture
def empty_figures() -> Iterator[None]:
    """No figure is drawn."""
    with nothing_drawn():
        yield
