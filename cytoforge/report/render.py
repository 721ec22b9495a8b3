"""From values to a page: the templates, our own style and script, and everything else escaped."""

from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cytoforge.report.numbers import duration, number, plural
from cytoforge.report.templates_hash import TEMPLATES


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
    environment.filters.update(number=number, plural=plural, duration=duration)
    own = {
        name: Markup((TEMPLATES / file).read_text(encoding="utf-8"))
        for name, file in (("style", "style.css"), ("script", "script.js"))
    }
    return environment.get_template(template).render(**values, **own)
