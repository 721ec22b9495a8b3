"""Inception of FID against pytorch-fid with the same weights; VGG16 features by hand."""

from pathlib import Path

import pytest
import torch
from pytorch_fid import inception as fid

from cytoforge.config.metrics import MetricsConfig
from cytoforge.pretrained import features
from cytoforge.pretrained.features import InceptionFeatures, fid_network, load_inception
from cytoforge.pretrained.weights import Missing, load_weights


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file like pytorch-fid's, classifier included, of random weights."""
    torch.manual_seed(0)
    state = fid_network().state_dict()
    state |= {"fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}
    path = tmp_path_factory.mktemp("weights") / "inception.pth"
    torch.save(state, path)
    return path


def test_agrees_with_pytorch_fid(weights: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fid, "load_state_dict_from_url", lambda *_, **__: load_weights(weights))
    x = torch.rand(2, 3, 100, 120)
    with torch.no_grad():
        expected = fid.InceptionV3([3]).eval()(x)[0][:, :, 0, 0]
    assert torch.allclose(InceptionFeatures(load_weights(weights))(x), expected, atol=1e-5)


def test_channels_are_laid_end_to_end(weights: Path):
    network = InceptionFeatures(load_weights(weights))
    x = torch.rand(2, 2, 80, 80)
    whole = network(x)
    assert whole.shape == (2, 4096)
    assert torch.allclose(whole[:, 2048:], network(x[:, [1, 1, 1]]), atol=1e-5)


def test_found_weights_are_loaded(weights: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(features, "find_weights", lambda *_: weights)
    assert isinstance(load_inception(MetricsConfig()), InceptionFeatures)


def test_without_weights_it_says_so(no_weights: None):
    found = load_inception(MetricsConfig())
    assert isinstance(found, Missing)
    assert "pt_inception" in found.reason


def test_vgg16_features_are_means_over_positions():
    # Two images, one grey view each; stages 4 and 5 hold their own number at every position.
    stages = [torch.zeros(2, 1, 4, 4)] * 3 + [
        torch.tensor([1.0, 2.0]).view(2, 1, 1, 1).expand(2, 512, 4, 4),
        torch.tensor([3.0, 4.0]).view(2, 1, 1, 1).expand(2, 512, 2, 2),
    ]
    found = features.vgg16_features(stages, batch=2)
    assert found.shape == (2, 1024)
    assert found[:, [0, 511, 512, 1023]].tolist() == [[1, 1, 3, 3], [2, 2, 4, 4]]
