"""Public weights of HoVer-Net become a model folder, or it is said what does not fit."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.import_weights import hovernet_file
from cytoforge.import_weights.__main__ import main
from cytoforge.import_weights.hovernet_file import import_hovernet
from cytoforge.models.hovernet.config import HoVerNetConfig
from cytoforge.networks.hovernet import HoVerNet
from cytoforge.segmentation.methods.trained.config import TrainedConfig
from cytoforge.segmentation.methods.trained.segment import load_instances, segment

SMALL = {"width": 8, "blocks": (1, 1, 1, 1), "dense": (1, 1)}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the published network be a small one: its own takes 150 MB."""

    def network(channels: int, n_types: int, mode: str) -> HoVerNet:
        return HoVerNet(channels, n_types, mode, **SMALL)

    def config(**settings: object) -> HoVerNetConfig:
        return HoVerNetConfig(**{**SMALL, **settings})

    monkeypatch.setattr(hovernet_file, "HoVerNet", network)
    monkeypatch.setattr(hovernet_file, "HoVerNetConfig", config)


def public(n_types: int = 6, mode: str = "fast") -> HoVerNet:
    torch.manual_seed(1)
    return HoVerNet(3, n_types, mode, **SMALL).eval()


def saved(path: Path, weights: dict[str, Tensor], prefix: str = "", desc: bool = True) -> str:
    named = {f"{prefix}{name}": value for name, value in weights.items()}
    torch.save({"desc": named, "epoch": 50} if desc else named, path)
    return str(path)


@pytest.mark.parametrize(
    ("prefix", "desc", "mode"),
    [("", True, "fast"), ("module.", True, "fast"), ("", False, "original")],
)
def test_the_network_of_the_folder_gives_what_the_public_one_gives(tmp_path, prefix, desc, mode):
    network = public(mode=mode)
    file = saved(tmp_path / "a.tar", network.state_dict(), prefix, desc)
    arguments = ["hovernet", file, "--mode", mode, "--types", "6", "--to", f"{tmp_path}/model"]
    assert main(arguments) == 0
    ours = load_instances(tmp_path / "model").sampler.network
    side = 40 + 4 * (mode == "original") * 4 + 6 * (mode == "original")
    image = torch.randint(0, 256, (1, 3, side, side)).float()
    with torch.inference_mode():
        expected, found = network(image), ours(image)
    for name, part in expected.items():
        torch.testing.assert_close(found[name], part, atol=1e-6, rtol=0)


def test_the_folder_segments_with_classes(tmp_path):
    file = saved(tmp_path / "a.tar", public(3).state_dict())
    names = ("stroma", "epithelium")
    import_hovernet(file, tmp_path / "model", "fast", 3, names)
    pixels = np.random.default_rng(0).integers(0, 256, (3, 50, 60)).astype(np.uint8)
    ranges = (ChannelRange(20, 180, "percentile"),) * 3
    image = Image("new", pixels, ("red", "green", "blue"), ranges, 0.25)
    config = TrainedConfig(model=f"{tmp_path}/model", finds="nuclei")
    arrays, text, classes, confidence = segment(image, config)
    assert arrays["nuclei"].shape == (50, 60)
    assert classes["nuclei"].names == ("ground", *names)
    assert confidence["nuclei"].shape == (50, 60)  # of the object at each pixel
    assert text.startswith("trained, model model ")


def test_it_has_seen_bytes_and_not_percentiles(tmp_path, monkeypatch):
    file = saved(tmp_path / "a.tar", public(0).state_dict())
    import_hovernet(file, tmp_path / "model")
    trained = load_instances(tmp_path / "model")
    assert trained.info["ranges"] == [[0.0, 255.0, "none"]] * 3
    assert (trained.scale, trained.pixel_size_um) == (1.0, 0.25)
    assert trained.sampler.window_px == 256


def test_a_wrong_number_of_types_is_named_with_the_right_one(tmp_path):
    file = saved(tmp_path / "a.tar", public(6).state_dict())
    with pytest.raises(UserError, match=r"decoder\.tp\.u0\.conv\.weight.*6 × 8") as refused:
        import_hovernet(file, tmp_path / "model", "fast", 5)
    assert "--types 6" in refused.value.fix


def test_another_mode_is_named(tmp_path):
    file = saved(tmp_path / "a.tar", public(0, "original").state_dict())
    with pytest.raises(UserError, match="5 × 5") as refused:
        import_hovernet(file, tmp_path / "model", "fast", 0)
    assert "--mode original" in refused.value.fix
    assert not (tmp_path / "model").exists()


def test_what_is_missing_and_what_is_too_much_is_named(tmp_path):
    weights = dict(public(0).state_dict())
    weights["extra.weight"] = weights.pop("conv_bot.weight")
    file = saved(tmp_path / "a.tar", weights)
    expected = "`conv_bot.weight`: missing; `extra.weight`: not in the network"
    with pytest.raises(UserError, match=re.escape(expected)):
        import_hovernet(file, tmp_path / "model")


class Trap:
    """What a pickle may do when it is opened."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("opened",)


def test_nothing_but_tensors_is_unpickled(tmp_path, capsys):
    torch.save({"desc": Trap()}, tmp_path / "a.tar")
    with pytest.raises(UserError, match="UnpicklingError"):
        import_hovernet(tmp_path / "a.tar", tmp_path / "model")
    assert "opened" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "found"),
    [(b"", "an empty file"), (b"hello world", "KeyError in it"), (b"\x80\x02}q\x00", "in it")],
)
def test_bytes_that_are_no_weights_are_named(tmp_path, data, found):
    (tmp_path / "a.tar").write_bytes(data)
    with pytest.raises(UserError, match="tensors by name") as refused:
        import_hovernet(tmp_path / "a.tar", tmp_path / "model")
    assert found in refused.value.found and "weights_only" not in str(refused.value)


def test_weights_without_values_are_named(tmp_path):
    weights = dict(public(0).state_dict())
    weights["conv_bot.weight"] = torch.full_like(weights["conv_bot.weight"], float("nan"))
    with pytest.raises(UserError, match=r"`conv_bot\.weight`: values that are NaN"):
        import_hovernet(saved(tmp_path / "a.tar", weights), tmp_path / "model")
    weights["module.conv_bot.weight"] = weights["conv_bot.weight"]
    with pytest.raises(UserError, match=r"with and without `module\.`"):
        import_hovernet(saved(tmp_path / "b.tar", weights), tmp_path / "model")


@pytest.mark.parametrize("content", [[1, 2], {"desc": {"epoch": 3}}])
def test_a_file_without_weights_is_named(tmp_path, content):
    torch.save(content, tmp_path / "a.tar")
    with pytest.raises(UserError, match="tensors by name"):
        import_hovernet(tmp_path / "a.tar", tmp_path / "model")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SystemExit, match="no such file"):
        main(["hovernet", f"{tmp_path}/gone.tar", "--to", f"{tmp_path}/model"])


def test_training_goes_on_from_the_folder(tmp_path):
    from cytoforge.models.model import ModelSetup
    from cytoforge.models.registry import build_model

    network = public(6)
    file = saved(tmp_path / "a.tar", network.state_dict())
    import_hovernet(file, tmp_path / "model", "fast", 6)
    config = HoVerNetConfig(**SMALL, types=True, initial=str(tmp_path / "model"))
    begun = build_model("hovernet", ModelSetup(config, 4, 3, 1, torch.device("cpu")))
    state = begun.networks["network"].state_dict()
    assert torch.equal(state["conv_bot.weight"], network.conv_bot.weight)
    assert state["decoder.tp.u0.conv.weight"].shape[0] == 4  # its own types, at random
    assert json.loads((tmp_path / "model" / "model.json").read_text())["n_codes"] == 6
