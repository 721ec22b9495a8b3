"""Exported pairs hold the unit image and the labels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from cytoforge.errors import UserError
from cytoforge.references.codes import read_codes
from cytoforge.references.own.classes import MapClass, class_codes
from cytoforge.tiles.pair_export import export_pairs
from cytoforge.tiles.tile_set import TileSet
from tests.tiles.fields import CODES

Make = Callable[..., TileSet]


@pytest.mark.parametrize("n_channels", [1, 2, 3])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_round_trip(make_tiles: Make, tmp_path: Path, n_channels: int, dtype: str) -> None:
    tiles = make_tiles(n_channels, dtype)
    assert export_pairs(tiles, tmp_path / "pairs") == 24
    greys = [0, 127, 255]
    for index, row in enumerate(tiles.manifest):
        with Picture.open(tmp_path / "pairs" / row.split / f"{row.name}.png") as picture:
            assert picture.mode == ("L" if n_channels == 1 else "RGB")
            pixels = np.asarray(picture).reshape(16, 32, -1)
        unit = tiles.unit([index])[0]
        shown = pixels[:, :16].transpose(2, 0, 1) / 255
        assert np.abs(shown[:n_channels] - unit).max() <= 0.5 / 255 + 1e-6
        assert (shown[n_channels:] == 0).all()
        for band in pixels[:, 16:].transpose(2, 0, 1):
            assert (np.searchsorted(greys, band) == tiles["labels"][index]).all()
            assert set(np.unique(band)) <= set(greys)


def test_the_code_table_lies_beside_the_pictures(make_tiles: Make, tmp_path: Path) -> None:
    export_pairs(make_tiles(), tmp_path / "pairs")
    assert read_codes(tmp_path / "pairs" / "codes.json") == CODES
    assert sorted(p.name for p in (tmp_path / "pairs").iterdir()) == [
        "codes.json",
        "test",
        "train",
        "val",
    ]


def test_four_channels_are_refused_by_name(make_tiles: Make, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="4: channel0, channel1, channel2, channel3"):
        export_pairs(make_tiles(4), tmp_path / "pairs")
    assert not (tmp_path / "pairs").exists()


@pytest.mark.parametrize(
    ("n_channels", "values", "shown"),
    [
        (1, (0, 7, 200), (0, 7, 200)),
        (1, (0, 7, 300), (0, 127, 255)),
        (3, (0, 7, 200), ((0,) * 3, (7,) * 3, (200,) * 3)),
        (3, ("#000000", "#ff0000", "#0000ff"), ((0, 0, 0), (255, 0, 0), (0, 0, 255))),
        (1, ("#000000", "#ff0000", "#0000ff"), (0, 127, 255)),
    ],
)
def test_the_users_own_values_where_eight_bits_hold_them(
    make_tiles: Make, tmp_path: Path, n_channels: int, values: tuple, shown: tuple
) -> None:
    own = [MapClass(name, (value,)) for name, value in zip("abc", values, strict=True)]
    tiles = make_tiles(n_channels, codes=class_codes(own))
    export_pairs(tiles, tmp_path / "pairs")
    row = tiles.manifest[0]
    pixels = np.asarray(Picture.open(tmp_path / "pairs" / row.split / f"{row.name}.png"))
    assert (pixels[:, 16:] == np.array(shown)[tiles["labels"][0]]).all()


def test_the_first_of_the_users_own_classes_is_no_gap(make_tiles: Make) -> None:
    own = class_codes([MapClass(name, (k,)) for k, name in enumerate("abc")])
    assert {row.gap_fraction for row in make_tiles(codes=own).manifest} == {0.0}
