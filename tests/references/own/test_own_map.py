"""A label map that the user has: its values become codes, and codes its values again."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as Picture

from cytoforge.config.own_maps import OwnMapConfig
from cytoforge.errors import UserError
from cytoforge.images.picture import write_png
from cytoforge.references.codes import read_codes
from cytoforge.references.label_map_file import write_label_map
from cytoforge.references.own import map_values
from cytoforge.references.own.classes import (
    MapClass,
    class_codes,
    class_rows,
    classes_from_rows,
    classes_of_codes,
    read_classes,
)
from cytoforge.references.own.own_map import read_own_map
from cytoforge.references.own.run import count_classes
from cytoforge.references.own.user_values import own_pixels, write_own
from cytoforge.split.region import Region

CODES = np.array([[0, 0, 1, 1], [0, 2, 2, 1], [0, 2, 2, 1], [0, 0, 0, 0]], np.uint8)
NUMBERS = (MapClass("ground", (0,)), MapClass("tumour", (7, 8)), MapClass("vessel", (300,)))
COLOURS = (
    MapClass("ground", ("#000000",), (0, 0, 0)),
    MapClass("tumour", ("#ff0000",), (255, 0, 0)),
    MapClass("vessel", ("#808080",), (128, 128, 128)),
)


def read(path: Path, classes: tuple[MapClass, ...] = NUMBERS) -> np.ndarray:
    return read_own_map(path, classes, "column `tissue` of image a", (4, 4))


@pytest.mark.parametrize("dtype", ["uint16", "int32", "uint64", "int64", "float32"])
def test_numbers_of_any_depth(tmp_path: Path, dtype: str):
    tifffile.imwrite(tmp_path / "a.tif", np.array([0, 8, 300], dtype)[CODES])
    assert read(tmp_path / "a.tif").tolist() == CODES.tolist()


def test_numbers_at_the_ends_of_their_types(tmp_path: Path):
    classes = (MapClass("low", (-(2**63),)), MapClass("b", (0,)), MapClass("high", (2**63 - 1,)))
    np.save(tmp_path / "a.npy", np.array([-(2**63), 0, 2**63 - 1], np.int64)[CODES])
    assert read(tmp_path / "a.npy", classes).tolist() == CODES.tolist()


def test_a_mask_of_0_and_255(tmp_path: Path):
    write_png(tmp_path / "a.png", np.where(CODES == 1, 255, 0).astype(np.uint8))
    classes = (MapClass("ground", (0,)), MapClass("cell", (1, 255)))
    assert read(tmp_path / "a.png", classes).tolist() == (CODES == 1).astype(int).tolist()


def test_colours_and_a_palette_of_them(tmp_path: Path):
    palette = np.array([one.colour for one in COLOURS], np.uint8)
    write_png(tmp_path / "a.png", palette[CODES])
    assert read(tmp_path / "a.png", COLOURS).tolist() == CODES.tolist()
    indexed = Picture.fromarray(2 - CODES, mode="P")
    indexed.putpalette(palette[::-1].ravel().tolist())
    indexed.save(tmp_path / "b.png")
    assert read(tmp_path / "b.png", COLOURS).tolist() == CODES.tolist()


def test_an_imagej_tiff_with_a_palette_by_colours_or_by_indices(tmp_path: Path):
    table = np.zeros((3, 256), np.uint16)
    table[:, :3] = np.array([one.colour for one in COLOURS], np.uint16).T * 257
    tifffile.imwrite(tmp_path / "a.tif", CODES, photometric="palette", colormap=table)
    assert read(tmp_path / "a.tif", COLOURS).tolist() == CODES.tolist()
    numbers = tuple(MapClass(one.name, (k,)) for k, one in enumerate(COLOURS))
    assert read(tmp_path / "a.tif", numbers).tolist() == CODES.tolist()


def test_outlines_over_the_ground_a_later_one_on_top(tmp_path: Path):
    def feature(name: str, *corners: tuple[float, float]) -> dict[str, object]:
        properties = {"classification": {"name": name}}
        return {"geometry": {"type": "Polygon", "coordinates": [corners]}, "properties": properties}

    features = [
        feature("Tumor", (1, 0), (4, 0), (4, 3), (1, 3)),
        feature("Vessel", (1, 1), (3, 1), (3, 3), (1, 3)),
    ]
    (tmp_path / "a.geojson").write_text(json.dumps({"features": features}))
    named = (
        MapClass("ground", (0, "outside")),
        MapClass("tumour", ("Tumor",)),
        MapClass("vessel", ("Vessel",)),
    )
    assert read(tmp_path / "a.geojson", named).tolist() == [
        [0, 1, 1, 1],
        [0, 2, 2, 1],
        [0, 2, 2, 1],
        [0, 0, 0, 0],
    ]
    with pytest.raises(UserError, match=r"7 px \(44 %\) that no outline covers"):
        read(tmp_path / "a.geojson", (MapClass("ground", (0,)), *named[1:]))
    with pytest.raises(UserError, match=r"of no class: 'Vessel' × 1"):
        read(tmp_path / "a.geojson", named[:2])


@pytest.mark.parametrize("band", [1, 4_000_000])
def test_values_of_no_class_are_named_with_their_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, band: int
):
    monkeypatch.setattr(map_values, "_BAND_PX", band)
    tifffile.imwrite(tmp_path / "a.tif", np.array([0, 9, 65535], np.uint16)[CODES])
    with pytest.raises(UserError, match=r"9 in 4 px \(25 %\), 65535 in 4 px \(25 %\)") as raised:
        read(tmp_path / "a.tif")
    assert raised.value.expected == "the values of its classes: 0, 7, 8, 300"
    assert "column `tissue` of image a" in raised.value.where


def test_colours_in_between_are_said_to_come_from_smoothing(tmp_path: Path):
    write_png(tmp_path / "a.png", np.arange(192, dtype=np.uint8).reshape(8, 8, 3))
    with pytest.raises(UserError, match="of no class: #") as raised:
        read_own_map(tmp_path / "a.png", COLOURS, "column `tissue`", (8, 8))
    assert "JPEG" in raised.value.fix


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        (np.zeros((4, 5), np.uint8), "4 × 5 px"),
        (np.full((4, 4), 0.5, np.float32), "0.5 in 16 px"),
        (np.zeros((2, 4, 4), np.uint8), "2 × 4 px"),
    ],
)
def test_what_is_no_map_of_this_image(tmp_path: Path, stored: np.ndarray, found: str):
    np.save(tmp_path / "a.npy", stored)
    with pytest.raises(UserError, match=found):
        read(tmp_path / "a.npy")


TABLE = """value\tclass\tcolour
#000000\tground\t
outside\tground\t#202020
Tumor\ttumour\t
255,0,0\ttumour
8\tvessel\t#00ff00
"""


def test_a_table_of_classes(tmp_path: Path):
    (tmp_path / "labels.tsv").write_text(TABLE)
    config = OwnMapConfig(column="tissue", classes=str(tmp_path / "labels.tsv"))
    classes = read_classes(config, "references.tissue")
    assert classes == (
        MapClass("ground", ("#000000", "outside"), (32, 32, 32)),
        MapClass("tumour", ("Tumor", "#ff0000"), (255, 0, 0)),
        MapClass("vessel", (8,), (0, 255, 0)),
    )
    assert classes_from_rows(class_rows(classes)) == classes
    assert classes_of_codes(class_codes(classes)) == classes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("value\tname\n0\ta\n", "no column `class`"),
        ("value\tclass\n0\ta\n0\tb\n", "value 0 twice: of 'a' and 'b'"),
        ("value\tclass\n0\ta\n1\tA\n", "'A' differs from 'a' in case only"),
        ("value\tclass\n0\ta\n1\ta\n", "1 classes, not 2 to 256"),
        ("value\tclass\n0\ta\n1\tthe b\n", "line 3: class 'the b'"),
        ("value\tclass\tcolour\n0\ta\tred\n1\tb\t\n", "line 2: colour 'red'"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, text: str, found: str):
    (tmp_path / "labels.tsv").write_text(text)
    config = OwnMapConfig(column="tissue", classes=str(tmp_path / "labels.tsv"))
    with pytest.raises(UserError, match=found):
        read_classes(config, "references.tissue")


def count(folder: Path, maps: dict[str, np.ndarray]) -> Path:
    regions = [Region("a", "train", 0, 0, 4, 2, "a"), Region("a", "test", 0, 2, 4, 4, "a")]
    for name, label_map in maps.items():
        write_label_map(folder / f"{name}.tif", label_map)
    paths = {name: folder / f"{name}.tif" for name in maps}
    count_classes(paths, regions, NUMBERS, "references.tissue", folder / "codes.json")
    return folder


def test_where_each_class_is(tmp_path: Path):
    label_map = np.array([[0, 1, 0, 1], [0, 1, 0, 1], [0, 2, 0, 0], [0, 2, 0, 0]], np.uint8)
    folder = count(tmp_path, {"a": label_map})
    assert (folder / "classes.csv").read_text().splitlines() == [
        "code,class,value,images,share,train,val,test",
        "0,ground,0,1,0.625000,0.500000,,0.750000",
        "1,tumour,7; 8,1,0.250000,0.250000,,0.250000",
        "2,vessel,300,1,0.125000,0.250000,,0.000000",
    ]
    assert [code.values for code in read_codes(folder / "codes.json")] == [(0,), (7, 8), (300,)]


@pytest.mark.parametrize(
    ("label_map", "found"),
    [
        (np.minimum(CODES, 1), "(?s)any of the 1 label maps has.*vessel .value 300"),
        (np.array([[0, 0, 1, 1]] * 3 + [[0, 2, 1, 1]], np.uint8), "(?s)a training region.*tumour"),
    ],
)
def test_a_class_that_cannot_be_learnt_is_refused(tmp_path: Path, label_map, found: str):
    with pytest.raises(UserError, match=found):
        count(tmp_path, {"a": label_map})


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ((0, 7, 200), "uint8"),
        ((0, 7, 300), "uint16"),
        ((-1, 0, 7), "int32"),
        ((0, 1, 2**40), "uint64"),
    ],
)
def test_numbers_come_back_in_the_smallest_type(tmp_path: Path, values, dtype: str):
    classes = tuple(MapClass(name, (value,)) for name, value in zip("abc", values, strict=True))
    name = write_own(tmp_path, "made", CODES, class_codes(classes))
    stored = tifffile.imread(tmp_path / name)
    assert stored.dtype == dtype
    assert stored.tolist() == np.array(values)[CODES].tolist()
    assert read(tmp_path / name, classes).tolist() == CODES.tolist()


def test_colours_come_back(tmp_path: Path):
    name = write_own(tmp_path, "made", CODES, class_codes(COLOURS))
    assert name == "made_own.png"
    assert np.asarray(Picture.open(tmp_path / name))[0].tolist() == [
        [0, 0, 0],
        [0, 0, 0],
        [255, 0, 0],
        [255, 0, 0],
    ]
    assert read(tmp_path / name, COLOURS).tolist() == CODES.tolist()


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_indices_that_an_editor_renumbered_are_read_by_their_colours(tmp_path: Path, suffix: str):
    colours = np.array([(0, 0, 0), (9, 0, 0), (0, 9, 0)], np.uint8)
    values = (0, 7, 3)  # of the classes, whose codes are 0, 1 and 2
    classes = tuple(
        MapClass(name, (value,), tuple(colour.tolist()))
        for name, value, colour in zip("abc", values, colours, strict=True)
    )
    for numbers in ((0, 7, 3), (3, 0, 7)):
        palette = np.zeros((256, 3), np.uint8)
        palette[list(numbers)] = colours
        pixels = np.array(numbers, np.uint8)[CODES]
        if suffix == "png":
            picture = Picture.fromarray(pixels, "P")
            picture.putpalette(palette.tobytes())
            picture.save(tmp_path / "map.png")
        else:
            table = palette.T.astype(np.uint16)  # of 8 bits, as some programs write them
            tifffile.imwrite(tmp_path / "map.tif", pixels, photometric="palette", colormap=table)
        assert read(tmp_path / f"map.{suffix}", classes).tolist() == CODES.tolist()


def test_colours_of_classes_beside_colours_of_none_are_refused(tmp_path: Path):
    classes = (MapClass("a", (0,), (0, 0, 0)), MapClass("b", (1,), (9, 0, 0)))
    picture = Picture.fromarray(CODES, "P")
    picture.putpalette([9, 0, 0, 0, 0, 0, 0, 99, 0])
    picture.save(tmp_path / "map.png")
    with pytest.raises(UserError, match="index 0 in the colour of `b`"):
        read(tmp_path / "map.png", classes)


def test_classes_of_outlines_are_exported_in_the_colours_of_previews():
    codes = class_codes((MapClass("a", ("outside",), (1, 2, 3)), MapClass("b", ("B",), (4, 5, 6))))
    assert own_pixels(np.array([[0, 1]]), codes).tolist() == [[[1, 2, 3], [4, 5, 6]]]
