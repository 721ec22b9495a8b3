"""A key of an earlier version is answered with the name it has now."""

from copy import deepcopy
from typing import Any

import pytest

from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config
from cytoforge.config.renamed import RENAMED
from cytoforge.errors import UserError


def with_key(pattern: str) -> dict[str, Any]:
    """Return the shipped config with one more key, at the path of a pattern."""
    raw = deepcopy(SHIPPED)
    *sections, key = pattern.replace("*", "pix2pix7").split(".")
    block = raw
    for section in sections:
        block = block.setdefault(section, {})
    block[key] = "old"
    return raw


@pytest.mark.parametrize("pattern", RENAMED)
def test_every_former_key_is_answered_with_its_new_name(pattern):
    with pytest.raises(UserError) as caught:
        load_config(with_key(pattern))
    path = pattern.replace("*", "pix2pix7")
    assert f"{path}: {RENAMED[pattern]}" in str(caught.value)
    assert "1 problem\n" in str(caught.value)


def test_an_old_name_at_another_place_is_only_unknown():
    with pytest.raises(UserError, match=r"metrics\.direction: unknown key"):
        load_config(with_key("metrics.direction"))
