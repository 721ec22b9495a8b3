"""Keys of earlier versions: each is answered with the name that it has now."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

RENAMED = {
    "experiments": "this section is now `models`",
    "models.*.training.direction": (
        "`direction` is now `models.<name>.task`: labels_to_image or image_to_labels"
    ),
    "models.*.synthesis.maps": (
        "is now a set, `sets.<name>: {images_by: <model>, maps: <folder>}`"
    ),
    "models.*.synthesis.samples": (
        "is now of a set, `sets.<name>: {images_by: <model>, maps: real, samples: 3}`"
    ),
    "models.*.synthesis.resample": "is now of a set, `sets.<name>.resample`",
    "models.*.training.constant_share": "`constant_share` is now `constant_fraction`",
    "models.*.training.coarse_share": "`coarse_share` is now `coarse_fraction`",
    "models.*.training.enhancer_only_share": (
        "`enhancer_only_share` is now `enhancer_only_fraction`"
    ),
    "metrics.bootstrap": (
        "is gone: intervals are t intervals, for which nothing is drawn; delete this line"
    ),
}
"""What is said of a key, by the pattern of its path; `*` stands for a name of the user's choice.

A new row is all that a renamed key needs: `load_config` looks up every unknown key here.
"""


SECTIONS = {"experiments": "models"}
"""Sections that were called otherwise: what is in them is checked as what it is now."""


def with_new_sections(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a raw config with sections of earlier versions under the names that they have now."""
    now = {key: name for key, name in SECTIONS.items() if name not in raw}
    return {now.get(key, key): value for key, value in raw.items()}


def new_name(path: str) -> str | None:
    """Return the sentence about a key of an earlier version, None for any other.

    Parameters
    ----------
    path : dotted path of an unknown key, e.g. "models.pix2pix7.training.direction"

    >>> new_name("experiments")
    'this section is now `models`'
    >>> new_name("models.p7.training.constant_share")
    '`constant_share` is now `constant_fraction`'
    >>> new_name("models.p7.constant_share")
    """
    matches = (text for pattern, text in RENAMED.items() if fnmatchcase(path, pattern))
    return next(matches, None)
