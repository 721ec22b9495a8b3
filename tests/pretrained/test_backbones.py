"""Backbones out of the package that carries them: arrays only, in torchvision's layout."""

import io
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from cytoforge.errors import UserError
from cytoforge.pretrained import backbones


def test_nested_arrays_are_read():
    tree = {"VGG16_0": {"Conv_0": {"bias": np.arange(3, dtype=np.float32)}}}
    # Protocol 3 with the module's old name, as the archive was written.
    data = pickle.dumps(tree, protocol=3).replace(b"numpy._core.", b"numpy.core.")
    assert backbones.read_arrays(data)["VGG16_0"]["Conv_0"]["bias"].tolist() == [0, 1, 2]


class Attack:
    def __reduce__(self):
        return os.system, ("echo attacked",)


def test_anything_but_arrays_is_refused():
    with pytest.raises(pickle.UnpicklingError, match="refused to load"):
        backbones.read_arrays(pickle.dumps({"weights": Attack()}))


def test_a_convolution_gives_the_same_result_in_torchvisions_layout():
    rng = np.random.default_rng(0)
    kernels = [rng.normal(size=(3, 3, 2, 4)).astype(np.float32) for _ in range(5)]
    flax = {f"Conv_{i}": {"kernel": k, "bias": np.zeros(4)} for i, k in enumerate(kernels)}
    weight = torch.from_numpy(backbones.convert("alexnet", flax)["features.3.weight"])
    patch = rng.normal(size=(3, 3, 2)).astype(np.float32)  # (H, W, in)
    expected = np.einsum("hwi,hwio->o", patch, kernels[1])
    image = torch.from_numpy(patch.transpose(2, 0, 1))[None]
    found = torch.nn.functional.conv2d(image, weight)[0, :, 0, 0]
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5)


def test_an_archive_with_another_hash_is_not_opened(tmp_path: Path):
    (tmp_path / backbones.ARCHIVE).write_bytes(b"not the archive")
    with pytest.raises(UserError, match="another sha256"):
        backbones.extract(tmp_path)


@pytest.mark.parametrize("network", ["alexnet", "vgg16"])
def test_the_package_holds_torchvisions_own_weights(root: Path, shared_data: Path, network: str):
    fetched = root / "resources" / "weights" / f"{network}_features.safetensors"
    if not fetched.is_file():
        pytest.skip("`make weights` has not been run")
    ours = load_file(fetched)
    file = io.BytesIO((shared_data / "weights" / f"{network}_features.pth").read_bytes())
    theirs = torch.load(file, weights_only=True)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
