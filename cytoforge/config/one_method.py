"""The settings of one segmentation method from `key=value`, as a command line gives them."""

from collections.abc import Iterable
from typing import Any

import yaml

from cytoforge.config.base import nearest
from cytoforge.config.problems import validated
from cytoforge.config.segmentation import SegmentationBase, method_config, method_names
from cytoforge.errors import UserError


def method_settings(method: str, pairs: Iterable[str]) -> SegmentationBase:
    """Return a method's settings.

    Parameters
    ----------
    pairs : `key=value`; values as in YAML, keys of a part with dots: `gap.enabled=false`

    Raises
    ------
    UserError : an unknown method or key, a value that a setting cannot have
    """
    if method not in method_names():
        raise UserError(
            where="--method",
            expected=f"one of {', '.join(method_names())}",
            found=f"{method!r}{nearest(method, method_names())}",
        )
    settings: dict[str, Any] = {"method": method}
    for pair in pairs:
        _set(settings, pair)
    model = method_config(method)
    expected = f"settings of method {method} (config/README.md explains each)"
    return validated(model, settings, "--set", expected)


def _set(settings: dict[str, Any], pair: str) -> None:
    key, mark, value = pair.partition("=")
    *parts, last = key.strip().split(".")
    section = settings
    for part in parts:
        section = section.setdefault(part, {})
        if not isinstance(section, dict):
            raise UserError("--set", "one value for each key", f"{part!r} is set twice")
    try:
        parsed = yaml.safe_load(value)
    except yaml.YAMLError:
        parsed, mark = None, ""
    if not mark or not last:
        raise UserError(
            where="--set",
            expected="key=value, e.g. nucleus_diameter_px=19 or gap.enabled=false",
            found=repr(pair),
        )
    section[last] = parsed
