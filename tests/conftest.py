"""Fixtures shared by all tests."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def kc167_dir(root: Path) -> Path:
    """The shipped images."""
    return root / "resources" / "images"


@pytest.fixture(scope="session")
def shared_data(root: Path) -> Path:
    """Extra real images and weights beside the checkout, where present."""
    folder = root.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder of extra test material is not beside the checkout")
    return folder
