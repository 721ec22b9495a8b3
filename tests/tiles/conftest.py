"""Small data sets for the tests of tiles."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cytoforge.references.codes import Code
from cytoforge.tiles.dataset import read_tiles, write_tiles
from cytoforge.tiles.tile_set import TileSet
from tests.tiles.fields import CODES, REGIONS, config, field


@pytest.fixture
def make_tiles(tmp_path: Path) -> Callable[..., TileSet]:
    """Write and read a data set of three noise images, one a split."""

    def make(
        n_channels: int = 1,
        dtype: str = "uint16",
        codes: tuple[Code, ...] = CODES,
        **settings: object,
    ) -> TileSet:
        images = [field(region.image, n_channels, dtype) for region in REGIONS]
        write_tiles(tmp_path / "tiles", images, REGIONS, config(**settings), codes, seed=1)
        return read_tiles(tmp_path / "tiles")

    return make
