"""Code tables, grey mapping, colours."""

import itertools
import json

import numpy as np
import pytest
from pydantic import ValidationError
from skimage.color import deltaE_ciede2000, rgb2lab

from cytoforge.config.references import ReferenceConfig
from cytoforge.errors import UserError
from cytoforge.references.codes import code_table, grey_values, read_codes, write_codes


def reference(levels, **options) -> ReferenceConfig:
    return ReferenceConfig.model_validate({"segmentation": "s", "levels": levels, **options})


TABLES = {
    4: ["gap", "background", "cytoplasm", "cell_rim", "nucleus"],
    7: [
        *("gap", "background", "cytoplasm_dark", "cytoplasm_middle", "cytoplasm_bright"),
        *("cell_rim", "nucleus", "nucleus_rim"),
    ],
    9: [
        *("gap", "background", "cytoplasm_darkest", "cytoplasm_dark", "cytoplasm_middle"),
        *("cytoplasm_bright", "cytoplasm_brightest", "cell_rim", "nucleus", "nucleus_rim"),
    ],
}


@pytest.mark.parametrize("levels", TABLES)
def test_tables_of_the_original(levels):
    codes = code_table(reference(levels))
    assert [code.name for code in codes] == TABLES[levels]
    assert [code.code for code in codes] == list(range(levels + 1))


def test_layers_of_nine_levels_run_from_dark_to_bright():
    layers = [code.layer for code in code_table(reference(9))]
    assert layers == [None, None, 0, 1, 2, 3, 4, None, None, None]


@pytest.mark.parametrize("nucleus_rim", ["auto", "separate", "merged"])
def test_table_does_not_depend_on_the_nucleus_rim(nucleus_rim):
    assert len(code_table(reference(7, nucleus_rim=nucleus_rim))) == 8


def test_gap_is_put_before_a_custom_table():
    codes = code_table(reference([{"name": "cell", "region": "cytoplasm"}]))
    assert [(code.code, code.name, code.region) for code in codes] == [
        (0, "gap", "gap"),
        (1, "cell", "cytoplasm"),
    ]


def test_gap_listed_first_keeps_its_name():
    levels = [{"name": "wound", "region": "gap"}, {"name": "cell", "region": "cytoplasm"}]
    assert [code.name for code in code_table(reference(levels))] == ["wound", "cell"]


def level(name, region, layer=None):
    return {"name": name, "region": region, "layer": layer}


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ([level("a", "nucleus"), level("g", "gap")], "must come first"),
        ([level("a", "nucleus", 0), level("b", "cytoplasm")], "is no cytoplasm"),
        ([level("a", "nucleus"), level("a", "cytoplasm")], "have the same name"),
        ([level("a", "nucleus"), level("b", "nucleus")], "region and layer"),
        ([level("a", "cytoplasm", 0)], "divides nothing"),
        ([level("a", "cytoplasm", 0), level("b", "cytoplasm", 2)], r"layer \[1\]"),
    ],
)
def test_unsound_custom_table_is_refused(levels, message):
    with pytest.raises(ValidationError, match=message):
        reference(levels)


@pytest.mark.parametrize(
    ("levels", "bounds", "message"),
    [
        (7, {"outer": [55, 95]}, "four layers or more"),
        (9, {"mode": "fixed", "inner": [60, 70]}, "5 layers have 4 bounds"),
        (4, {"mode": "fixed", "inner": [60, 70]}, "0 layers have 0 bounds"),
        (7, {"inner": [60, 70]}, "only for mode `fixed`"),
    ],
)
def test_bounds_that_do_not_fit_the_table_are_refused(levels, bounds, message):
    with pytest.raises(ValidationError, match=message):
        reference(levels, bounds=bounds)


@pytest.mark.parametrize(
    ("n_codes", "expected"),
    [
        (5, [0, 63, 127, 191, 255]),
        (8, [0, 36, 72, 109, 145, 182, 218, 255]),
        (10, [0, 28, 56, 85, 113, 141, 170, 198, 226, 255]),
        (1, [0]),
    ],
)
def test_grey_values_of_the_original(n_codes, expected):
    greys = grey_values(n_codes)
    assert (greys.dtype, greys.tolist()) == (np.uint8, expected)


@pytest.mark.parametrize("levels", TABLES)
def test_codes_file_round_trip(tmp_path, levels):
    codes = code_table(reference(levels))
    write_codes(tmp_path / "codes.json", codes)
    assert read_codes(tmp_path / "codes.json") == codes


def test_codes_file_shows_the_grey_mapping(tmp_path):
    write_codes(tmp_path / "codes.json", code_table(reference(4)))
    rows = json.loads((tmp_path / "codes.json").read_text())["codes"]
    assert [row["grey"] for row in rows] == [0, 63, 127, 191, 255]
    assert rows[2]["name"] == "cytoplasm"


@pytest.mark.parametrize("text", ["", "[]", '{"codes": [{"code": 0}]}', '{"codes": 3}'])
def test_damaged_codes_file_is_named(tmp_path, text):
    path = tmp_path / "codes.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"codes\.json"):
        read_codes(path)


# Linear-RGB matrices of full colour blindness (Machado, Oliveira & Fernandes 2009, table 1).
SIGHT = {
    "full": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def seen_lab(colours: np.ndarray, sight: str) -> np.ndarray:
    unit = colours / 255
    linear = np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ SIGHT[sight].T, 0, 1)
    return rgb2lab(np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("levels", TABLES)
def test_colours_differ_for_every_kind_of_sight(levels, sight):
    codes = code_table(reference(levels))
    lab = seen_lab(np.array([code.colour for code in codes], float), sight)
    for one, other in itertools.combinations(codes, 2):
        difference = deltaE_ciede2000(lab[one.code], lab[other.code])
        assert difference > 10, f"{one.name} and {other.name}: {difference:.1f}"


def test_brighter_layers_have_lighter_colours():
    codes = code_table(reference(9))
    lightness = rgb2lab(np.array([[c.colour for c in codes if c.layer is not None]]) / 255)[0, :, 0]
    assert (np.diff(lightness) > 8).all()
