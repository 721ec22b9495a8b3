"""The adapter, with a stand-in for the port: real models need a download."""

import importlib.metadata
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage

from cytoforge.errors import UserError
from cytoforge.segmentation.methods.stardist.config import StarDistConfig
from cytoforge.segmentation.registry import segment


@pytest.fixture
def calls(monkeypatch) -> list[SimpleNamespace]:
    """Put a port in place that finds what is brighter than half; returns the list of its calls."""
    made: list[SimpleNamespace] = []

    class Network:
        def __init__(self, settings):
            self.settings = settings

        def load_state_dict(self, state):
            self.state = state

    class StarDist2D:
        def __init__(self, network, settings, thresholds):
            self.network, self.thresholds = network, thresholds

        def predict_instances(self, pixels, **options):
            made.append(SimpleNamespace(pixels=pixels, model=self, **options))
            return ndimage.label(pixels > 0.5)[0], {}

    port = {name: ModuleType(name) for name in ("config", "converter", "net", "model")}
    port["config"].StarDist2DConfig = SimpleNamespace(from_json=lambda path: path.read_text())
    port["config"].load_thresholds = lambda path: json.loads(path.read_text())
    port["converter"].convert_h5_to_state_dict = lambda file, _: (file.read_bytes(), {})
    port["net"].StarDist2DNet, port["model"].StarDist2D = Network, StarDist2D
    for name, module in port.items():
        monkeypatch.setitem(sys.modules, f"cistardist_pytorch.{name}", module)
    monkeypatch.setitem(sys.modules, "cistardist_pytorch", ModuleType("cistardist_pytorch"))
    real = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata,
        "version",
        lambda name: "0.4.1" if name == "cistardist-pytorch" else real(name),
    )
    return made


@pytest.fixture
def models(tmp_path) -> Path:
    folder = tmp_path / "2D_versatile_fluo"
    folder.mkdir()
    (folder / "config.json").write_text("settings")
    (folder / "thresholds.json").write_text('{"prob": 0.48, "nms": 0.3}')
    (folder / "weights_best.h5").write_bytes(b"weights")
    return tmp_path


def test_nuclei_are_the_networks_and_cells_grow_around_them(calls, models, two_channels):
    found = segment(two_channels, StarDistConfig(models_dir=str(models)))
    assert found["nuclei"].max() == found["cells"].max() == 8
    assert (found["cells"] > 0).sum() > 2 * (found["nuclei"] > 0).sum()
    # The first 12 digits of sha256(b"weights").
    assert found.method == (
        "stardist (cistardist-pytorch 0.4.1), 2D_versatile_fluo (sha256 9a129038d9a0)"
    )


def test_the_network_sees_grey_values_between_two_percentiles(calls, models, one_channel):
    segment(one_channel, StarDistConfig(models_dir=str(models)))
    low, high = np.percentile(one_channel.pixels[0], (1, 99.8))
    expected = (one_channel.pixels[0] - low) / (high - low)
    np.testing.assert_allclose(calls[0].pixels, expected, atol=1e-6)
    assert not calls[0].normalize


def test_thresholds_are_the_models_own_unless_given(calls, models, one_channel):
    own = StarDistConfig(models_dir=str(models))
    segment(one_channel, own)
    segment(one_channel, own.model_copy(update={"probability": 0.7, "overlap": 0.2}))
    assert [(one.prob_thresh, one.nms_thresh) for one in calls] == [(None, None), (0.7, 0.2)]
    assert calls[0].model.thresholds == {"prob": 0.48, "nms": 0.3}


@pytest.mark.parametrize("given", ["models_dir", "environment", "path"])
def test_where_a_model_may_lie(calls, models, one_channel, monkeypatch, given):
    config = StarDistConfig(models_dir=str(models))
    if given == "environment":
        monkeypatch.setenv("STARDIST_MODELS_PATH", str(models))
        config = StarDistConfig()
    elif given == "path":
        config = StarDistConfig(model=str(models / "2D_versatile_fluo"))
    segment(one_channel, config)
    assert calls[0].model.network.state == b"weights"


def test_missing_weights_say_what_to_fetch_where_to_put_it_and_their_licence(models):
    (models / "2D_versatile_fluo" / "weights_best.h5").unlink()
    with pytest.raises(UserError, match=r"weights_best\.h5") as error:
        StarDistConfig(models_dir=str(models)).model_files()
    assert "v0.1/python_2D_versatile_fluo.zip (BSD-3)" in error.value.fix
    assert str(models / "2D_versatile_fluo") in error.value.fix


def test_a_missing_package_points_to_its_environment(models, one_channel):
    with pytest.raises(UserError, match="not installed") as error:
        segment(one_channel, StarDistConfig(models_dir=str(models)))
    assert "envs/stardist.yaml" in error.value.fix
