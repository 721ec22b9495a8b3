"""From values to a page: the templates, our own style and script, and everything else escaped.

Rules import this file for the hash of the templates, so it imports nothing heavy.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from cytoforge.report.numbers import duration, number, plural

TEMPLATES = Path(__file__).parent / "templates"


def render(values: dict[str, Any], template: str = "page.html.j2") -> str:
    """Return a page. Everything that is not our own SVG, style or script is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(number=number, plural=plural, duration=duration, coded=coded)
    own = {
        name: Markup((TEMPLATES / file).read_text(encoding="utf-8"))
        for name, file in (("style", "style.css"), ("script", "script.js"))
    }
    return environment.get_template(template).render(**values, **own)


def coded(text: str) -> Markup:
    """Return escaped text with what stands between backticks as code.

    >>> coded("use `method: stain` < now")
    Markup('use <code>method: stain</code> &lt; now')
    """
    return Markup(re.sub("`([^`]*)`", r"<code>\1</code>", str(escape(text))))


def templates_hash() -> str:
    """Return 16 hexadecimal digits that identify every template, style sheet and script.

    `staleness.code_version` sees Python only; the report's rule passes this beside it.
    """
    digest = hashlib.sha256()
    for path in sorted(TEMPLATES.iterdir()):
        # Editors leave hidden files and backups; only what the page is made of counts.
        if path.suffix in {".j2", ".css", ".js"} and not path.name.startswith("."):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
