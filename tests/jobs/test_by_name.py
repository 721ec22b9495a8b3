"""Models, methods and metrics are found by their names, in the package and in a user's folder."""

from pathlib import Path

import pytest

from cytoforge.config.load import load_config, training_config
from cytoforge.config.model import Config
from cytoforge.errors import UserError
from cytoforge.jobs import by_name
from tests.workflow.tiny_project import tiny_config

DOTS = """\
from typing import Literal

from cytoforge.config.segmentation import SegmentationBase


class DotsConfig(SegmentationBase):
    method: Literal["dots"] = "dots"
    \"\"\"One cell per dot.\"\"\"
    sharpness: float = 1.0
    \"\"\"Of a dot.\"\"\"


CONFIG = DotsConfig
"""
MODEL = """\
from cytoforge.config.training import TrainingConfig


class ToyConfig(TrainingConfig):
    strength: float = 2.0
    \"\"\"Of the toy.\"\"\"
    size_multiple = smallest_tile_px = property(lambda self: 1)


CONFIG = ToyConfig
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder of plugins with a segmentation method and a model."""
    for file, text in {"segmentation/dots/config.py": DOTS, "models/toy/config.py": MODEL}.items():
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text(text)
    monkeypatch.delenv(by_name.VARIABLE, raising=False)
    for room in by_name.ROOMS:
        package = by_name._package(room)
        monkeypatch.setattr(package, "__path__", list(package.__path__))
    yield tmp_path
    by_name.use_plugins(None)
    monkeypatch.undo()
    Config.model_rebuild(force=True)


def config(plugins: Path, **method) -> dict:
    raw = tiny_config() | {"plugins": str(plugins)}
    raw["segmentations"]["cells"].update(method)
    return raw


def test_a_method_and_a_model_of_a_users_folder_are_found(plugins: Path):
    raw = config(plugins, method="dots", sharpness=3)
    raw["models"]["four"] = {"dataset": "tiles4", "model": "toy", "training": {"strength": 4}}
    loaded = load_config(raw)
    assert loaded.segmentations["cells"].model_dump()["sharpness"] == 3
    assert training_config("four", loaded.models["four"]).model_dump()["strength"] == 4


def test_a_typo_in_a_plugins_section_is_named(plugins: Path):
    with pytest.raises(UserError, match=r"cells.sharpnes: unknown key.*sharpness"):
        load_config(config(plugins, method="dots", sharpnes=3))


@pytest.mark.parametrize(
    ("text", "found"),
    [("x = (\n", "Syntax"), ("\nimport nothing_like_it\n", "No module"), ("1 / 0\n", "Zero")],
)
def test_a_plugin_that_cannot_be_imported_is_named_with_its_line(plugins: Path, text, found):
    folder = plugins / "models" / f"broken{found[:2].lower()}"
    folder.mkdir()
    (folder / "config.py").write_text(text)
    raw = config(plugins)
    raw["models"]["four"] = {"dataset": "tiles4", "model": folder.name}
    with pytest.raises(UserError, match=found) as caught:
        load_config(raw)
    assert caught.value.where.startswith(f"{folder}/config.py, line ")


def test_without_the_folder_the_method_is_not_there(plugins: Path):
    raw = config(plugins, method="dots")
    del raw["plugins"]
    with pytest.raises(UserError, match="dots"):
        load_config(raw)


@pytest.mark.parametrize(("make", "found"), [(False, "is no folder"), (True, "has none")])
def test_a_folder_without_rooms_is_refused(tmp_path: Path, make: bool, found: str):
    folder = tmp_path / "mine"
    if make:
        folder.mkdir()
    with pytest.raises(UserError, match=found):
        by_name.use_plugins(str(folder))


def test_what_lies_beside_a_plugins_code_is_known(plugins: Path):
    toy = plugins / "models/toy"
    for file in ("weights/net.npz", "presets/fast.yaml", ".hidden", "__pycache__/config.pyc"):
        (toy / file).parent.mkdir(exist_ok=True)
        (toy / file).touch()
    by_name.use_plugins(str(plugins))
    found = {"weights/net.npz": str(toy / "weights/net.npz")}
    assert by_name.data_files("models", "toy") == found
    assert by_name.data_files("models", "pix2pix") == {}
