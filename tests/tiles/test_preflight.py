"""Warnings about codes that training cannot learn."""

from typing import Any

from cytoforge.tiles.preflight import preflight


def info(train: list[int], val: list[int], test: list[int]) -> dict[str, Any]:
    codes = [{"code": code, "name": name} for code, name in enumerate(["gap", "cell", "nucleus"])]
    return {"codes": codes, "class_pixels": {"train": train, "val": val, "test": test}}


def test_all_codes_in_training_give_no_warning() -> None:
    assert preflight(info([1, 1, 1], [0, 0, 0], [5, 0, 0])) == []


def test_codes_missing_in_training_come_first() -> None:
    assert preflight(info([0, 9, 0], [0, 9, 2], [0, 9, 3])) == [
        "code 2 (nucleus) is in 2 val pixels and 3 test pixels but in no training tile",
        "code 0 (gap) occurs in no tile",
    ]
