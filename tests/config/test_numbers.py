"""Every number in the config ends somewhere, and the answer to one beyond says why."""

import types
from collections.abc import Iterator
from copy import deepcopy
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError

from cytoforge.config.base import LARGEST, Once, Section, marks_of, number
from cytoforge.config.defaults import SHIPPED
from cytoforge.config.generate import _sections
from cytoforge.config.load import load_config
from cytoforge.config.training import TrainingConfig
from cytoforge.errors import UserError

SETTINGS = [(section, key) for _, section in _sections() for key in section.model_fields]


def plain_types(annotation: Any) -> Iterator[type]:
    """Yield the types of the values that a setting takes, those in lists included."""
    if get_origin(annotation) in (Annotated, Union, types.UnionType, tuple):
        for inner in get_args(annotation):
            yield from plain_types(inner)
    elif isinstance(annotation, type):
        yield annotation


def numbers() -> list[tuple[type[BaseModel], str]]:
    """Return all settings that are numbers or hold some; a new one is among them by itself."""
    return [
        (section, key)
        for section, key in SETTINGS
        if {int, float} & set(plain_types(section.model_fields[key].annotation))
    ]


def bounds(section: type[BaseModel], key: str, *names: str) -> list[float]:
    marks = marks_of(section, key)
    return [getattr(mark, name) for mark in marks for name in names if hasattr(mark, name)]


def test_no_number_is_a_switch():
    def refused(section: type[BaseModel], key: str) -> bool:
        written = section.model_fields[key].alias or key
        try:
            section.model_validate({written: True})
        except ValidationError as error:
            return any(detail["loc"][0] == written for detail in error.errors())
        return False

    taken = [f"{section.__name__}.{key}" for section, key in numbers() if not refused(section, key)]
    assert taken == []


def test_every_number_has_bounds_on_both_sides():
    free = [
        f"{section.__name__}.{key}"
        for section, key in numbers()
        if not (bounds(section, key, "ge", "gt") and bounds(section, key, "le", "lt"))
    ]
    assert free == [], "write number(…, ge=…, le=…, why=…)"


def test_every_upper_bound_has_a_reason():
    """But for fractions, percentiles and grey values, whose scale is the reason."""
    silent = [
        f"{section.__name__}.{key}"
        for section, key in numbers()
        if bounds(section, key, "le", "lt")[0] not in (1, 100, 255)
        and "why" not in (section.model_fields[key].json_schema_extra or {})
    ]
    assert silent == [], "write number(…, why=…)"


def test_no_section_takes_infinite_or_undefined_numbers():
    assert all(section.model_config["allow_inf_nan"] is False for section, _ in SETTINGS)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("metrics.diversity.samples", 1000, "every two of them are compared"),
        ("metrics.max_patches", 10**9, "in memory at once"),
        ("segmentations.cells.nucleus_diameter_px", 1e6, "windows of larger ones"),
        ("datasets.tiles4.sampler.overlap", 0.999, "times the space"),
        ("models.pix2pix4.synthesis.overlap", 0.999, "times as many tiles"),
        ("models.pix2pix4.training.batch_size", 10**9, "in memory at once"),
        ("models.pix2pix4.training.cpu_threads", 10**6, "every thread takes memory"),
        ("sets.hand_drawn.samples", 10**9, "an image of its own"),
    ],
)
def test_a_number_that_would_never_end_is_refused_with_the_reason(path, value, reason):
    assert reason in answer(path, value)
    assert f"{path}: must be at most" in answer(path, value)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("models.pix2pix4.training.learning_rate", 0, "more than 0.0; got 0"),
        ("models.pix2pix4.training.steps", -1, "at least 1; got -1"),
        ("datasets.tiles4.tile_px", 8, "at least 16 (smaller tiles hold no cell); got 8"),
        ("datasets.tiles4.tile_px", 9999, "at most 4096 (larger ones do not fit into a training"),
    ],
)
def test_each_bound_has_its_own_reason(path, value, said):
    assert f"{path}: must be {said}" in answer(path, value)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
@pytest.mark.parametrize(
    "path",
    [
        "images.pixel_size_um",
        "references.level7.bounds.outer.0",
        "metrics.psnr_cap_db",
        "models.pix2pix4.training.learning_rate",
        "models.pix2pix4.training.lambda_l1",
        "segmentations.cells.gap.erode_cells",
    ],
)
def test_infinite_and_undefined_numbers_are_refused(path: str, value: float):
    assert f"{path}: must be a number, neither infinite nor undefined" in answer(path, value)


def test_patches_and_samples_together_end_too():
    text = answer("metrics.diversity", {"patches": 1000, "samples": 100})
    assert "metrics.diversity: 1000 patches of 100 samples make 4,950,000 pairs" in text


def test_a_setting_of_a_plugin_without_bounds_ends_at_a_thousand_million():
    class Plugin(TrainingConfig):
        filters: int = 8

    assert Plugin(filters=4096).filters == 4096
    with pytest.raises(ValidationError, match="at most 1,000,000,000"):
        Plugin(filters=LARGEST + 1)


def test_a_declared_bound_may_be_beyond():
    class Plugin(Section):
        place: int = number(0, ge=0, lt=2**63, why="positions of a file")

    assert Plugin(place=2**62).place == 2**62


def test_no_list_of_names_takes_one_twice():
    lists = [
        (section, key)
        for section, key in SETTINGS
        if tuple in origins(annotation := section.model_fields[key].annotation)
        and ({str, int} & set(plain_types(annotation)) or Literal in origins(annotation))
        and not any(issubclass(kind, BaseModel) for kind in plain_types(annotation))
        # Levels of a network may be alike, and the sides of a map.
        and key not in ("widths", "blocks", "dense", "size_px")
    ]
    assert len(lists) >= 4
    unmarked = [f"{s.__name__}.{key}" for s, key in lists if Once not in marks_of(s, key)]
    assert unmarked == [], "mark it: Annotated[tuple[…], Once]"


def origins(annotation: Any) -> list[Any]:
    inside = [origin for inner in get_args(annotation) for origin in origins(inner)]
    return [get_origin(annotation), *inside]


@pytest.mark.parametrize(
    ("path", "value"),
    [("images.channels", ["dna", "dna"]), ("models.pix2pix4.export", ["onnx", "onnx"])],
)
def test_a_name_given_twice_is_refused(path: str, value: list[str]):
    assert f"{path}: names {value[0]} more than once" in answer(path, value)


def answer(path: str, value: Any) -> str:
    """Return what is said when one setting of the shipped config has this value."""
    raw = deepcopy(SHIPPED)
    *sections, key = path.split(".")
    block: Any = raw
    if key.isdigit():
        *sections, key = sections
        value = [value, 255.0]
    for section in sections:
        block = block.setdefault(section, {})
    block[key] = value
    with pytest.raises(UserError) as caught:
        load_config(raw)
    return str(caught.value)


@pytest.mark.parametrize("text", ["", " "])
def test_no_text_is_empty(text: str):
    with pytest.raises(UserError, match="samples: is empty; leave it out"):
        load_config({**SHIPPED, "samples": text})
