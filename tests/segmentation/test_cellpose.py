"""The adapter, with a stand-in for the package: its real networks need downloads."""

import importlib.metadata
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.segmentation.methods.cellpose.config import CellposeConfig
from cytoforge.segmentation.methods.cellpose.segment import check_cellpose_ready
from cytoforge.segmentation.registry import segment


def install(monkeypatch, version: str) -> list[SimpleNamespace]:
    """Put a cellpose of this version in place; returns the list of its calls."""
    calls: list[SimpleNamespace] = []

    class CellposeModel:
        def __init__(self, gpu=False, pretrained_model=None, model_type=None):
            file = {"nuclei": "nucleitorch_0", "cyto": "cytotorch_0"}.get(model_type, model_type)
            self.pretrained_model = pretrained_model or str(Path(models.MODEL_DIR) / file)
            self.chosen = model_type or pretrained_model

        def eval(self, pixels, **options):
            calls.append(SimpleNamespace(model=self.chosen, shape=pixels.shape, **options))
            top = float(np.max(pixels))
            masks = np.zeros(pixels.shape, np.uint16)
            masks[pixels > 0.5 * top] = 1
            masks[:, 60:] *= 2
            return masks, None, None

    package, models = ModuleType("cellpose"), ModuleType("cellpose.models")
    models.CellposeModel = CellposeModel
    models.MODEL_DIR = Path("elsewhere")
    monkeypatch.setitem(sys.modules, "cellpose", package)
    monkeypatch.setitem(sys.modules, "cellpose.models", models)
    real = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: version if name == "cellpose" else real(name)
    )
    return calls


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in ("nucleitorch_0", "cytotorch_0", "cpsam"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def test_version_3_runs_two_networks_on_grey_channels(monkeypatch, folder, two_channels):
    calls = install(monkeypatch, "3.1.1.3")
    config = CellposeConfig(models_dir=str(folder), nucleus_diameter_px=15.2, cell_diameter_px=31.1)
    result = segment(two_channels, config)
    assert [(c.model, c.diameter, c.flow_threshold, c.channels) for c in calls] == [
        ("nuclei", 15.2, 0.4, [0, 0]),
        ("cyto", 31.1, 0.9, [0, 0]),
    ]
    assert result["cells"].max() == 2
    assert result.method.startswith("cellpose 3.1.1.3, nuclei nuclei (sha256 ")
    assert "cells cyto (sha256 " in result.method


def test_version_3_gets_our_estimate_when_no_diameter_is_given(monkeypatch, folder, two_channels):
    calls = install(monkeypatch, "3.1.1.3")
    segment(two_channels, CellposeConfig(models_dir=str(folder)))
    assert calls[0].diameter == pytest.approx(14, abs=2)
    assert calls[1].diameter == pytest.approx(1.8 * calls[0].diameter)


def test_version_4_loads_files_and_needs_no_diameter(monkeypatch, folder, two_channels):
    calls = install(monkeypatch, "4.2.1.1")
    config = CellposeConfig(models_dir=str(folder), nuclei_model="cpsam", cells_model="cpsam")
    segment(two_channels, config)
    assert [(c.model, c.diameter) for c in calls] == [(str(folder / "cpsam"), None)] * 2
    assert not hasattr(calls[0], "channels")


@pytest.mark.parametrize(("version", "model"), [("4.2.1.1", "nuclei"), ("3.1.1.3", "cpsam")])
def test_a_model_of_another_version_is_named(monkeypatch, folder, version, model):
    install(monkeypatch, version)
    with pytest.raises(UserError, match=f"nuclei_model: {model}"):
        check_cellpose_ready(CellposeConfig(models_dir=str(folder), nuclei_model=model))


def test_missing_weights_say_what_to_fetch_and_where_to_put_it(monkeypatch, folder):
    install(monkeypatch, "3.1.1.3")
    (folder / "cytotorch_0").unlink()
    with pytest.raises(UserError, match="cells_model: cyto") as error:
        check_cellpose_ready(CellposeConfig(models_dir=str(folder)))
    assert "https://www.cellpose.org/models/cytotorch_0" in error.value.fix
    assert str(folder) in error.value.fix


def test_the_folder_may_come_from_the_environment_or_home(monkeypatch, folder, tmp_path):
    install(monkeypatch, "3.1.1.3")
    monkeypatch.setenv("CELLPOSE_LOCAL_MODELS_PATH", str(folder))
    assert check_cellpose_ready(CellposeConfig()) == "3.1.1.3"
    monkeypatch.delenv("CELLPOSE_LOCAL_MODELS_PATH")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with pytest.raises(UserError, match=r"home/\.cellpose/models"):
        check_cellpose_ready(CellposeConfig())


def test_a_path_to_a_model_file_is_taken_as_it_is(monkeypatch, folder, two_channels):
    calls = install(monkeypatch, "3.1.1.3")
    own = folder / "cytotorch_0"
    segment(two_channels, CellposeConfig(models_dir=str(folder), cells_model=str(own)))
    assert calls[1].model == str(own)


def test_a_network_other_than_asked_for_is_an_error(monkeypatch, folder, two_channels):
    install(monkeypatch, "4.2.1.1")
    model = sys.modules["cellpose.models"].CellposeModel
    monkeypatch.setattr(
        model, "__init__", lambda self, **_: setattr(self, "pretrained_model", "default")
    )
    monkeypatch.setattr(model, "eval", lambda self, pixels, **_: (pixels > 9, None, None))
    config = CellposeConfig(models_dir=str(folder), nuclei_model="cpsam", cells_model="cpsam")
    with pytest.raises(UserError, match="has loaded default"):
        segment(two_channels, config)


def test_a_missing_package_points_to_its_environment():
    with pytest.raises(UserError, match="not installed") as error:
        check_cellpose_ready(CellposeConfig())
    assert "envs/cellpose.yaml" in error.value.fix
