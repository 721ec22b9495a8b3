"""Every kind of generator can be exported: with weights that make a picture, not a grey plane."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from cytoforge.jobs.provenance import sha256_file
from cytoforge.synthesis.model_export import example_inputs, export_generator
from cytoforge.synthesis.trained import load_trained
from tests.synthesis.models import write_model

HD = {"generator_filters": 4, "downsamplings": 2, "blocks": 1}
ENHANCER = {"generator": "local", "enhancer_blocks": 1, "label_skip": True, "select_by": "last"}
ENCODER = {"feature_encoder": True, "instance_edges": False}
OASIS = {"generator_filters": 4, "blocks": 2, "noise_channels": 4, "spade_filters": 4}
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "resnet": ("pix2pix", {"generator": "resnet_6", "generator_filters": 4}),
    "instance norm": (
        "pix2pix",
        {"generator": "unet_32", "generator_filters": 4, "norm": "instance"},
    ),
    "instance norm, grain, two layers at full size and label slices around": (
        "pix2pix",
        {
            "generator": "unet_16",
            "generator_filters": 4,
            "norm": "instance",
            "upsampling": "resize",
            "detail_filters": 4,
            "detail_layers": 2,
            "grain_channels": 2,
            "neighbours": 1,
        },
    ),
    "label slices around": (
        "pix2pix",
        {"generator": "unet_16", "generator_filters": 4, "norm": "batch", "neighbours": 1},
    ),
    "batch norm": ("pix2pixhd", {**HD, "norm": "batch", "upsampling": "resize"}),
    "feature encoder": ("pix2pixhd", {**HD, **ENCODER}),
    "local enhancer": ("pix2pixhd", {**HD, **ENHANCER}),
    "local enhancer, batch norm and feature encoder": (
        "pix2pixhd",
        {**HD, **ENHANCER, **ENCODER, "norm": "batch", "upsampling": "resize"},
    ),
    "wavelets": ("oasis", {**OASIS, "generator": "wavelet"}),
    "bilinear": ("oasis", {**OASIS, "upsampling": "bilinear", "spectral_norm": False}),
    "instance SPADE": ("oasis", {**OASIS, "spade_norm": "instance", "noise_channels": 0}),
}


# Up to a minute each on slow cores. tests/networks/test_spade.py exports wavelets too,
# tests/workflow/test_models.py an OASIS, and the others are parts of further variants: `make soak`
# tries each alone.
SOAK = (
    *("wavelets", "instance SPADE", "instance norm", "label slices around"),
    *("batch norm", "feature encoder", "local enhancer"),
)
CASES = [pytest.param(name, marks=pytest.mark.soak) if name in SOAK else name for name in VARIANTS]


@pytest.mark.slow
@pytest.mark.parametrize("variant", CASES)
def test_both_files_make_the_generators_images(tmp_path, variant):
    model, settings = VARIANTS[variant]
    folder = with_contrast(write_model(tmp_path / "model", model, settings))
    facts = export_generator(folder, tmp_path / "out", ("onnx", "torch_export"))
    generator = load_trained(folder)
    inputs = example_inputs(generator, tiles=1, seed=7)
    given = {name: value.numpy() for name, value in inputs.items()}
    expected = generator.sample(given, given)
    assert expected.std() > 0.05
    for made in facts["files"].values():
        assert made["largest_difference"] < 1e-4
    fed = {name: tensor.numpy() for name, tensor in inputs.items()}
    for image in (from_onnx(tmp_path / "out", fed), from_torch(tmp_path / "out", inputs)):
        np.testing.assert_allclose(image, expected, atol=1e-4)


def with_contrast(folder: Path) -> Path:
    """Give a model folder weights and statistics as if it had been trained."""
    random = torch.Generator().manual_seed(0)
    weights = load_file(folder / "model.safetensors")
    for name, value in weights.items():
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5, generator=random)
        elif name.endswith("running_mean"):
            value.normal_(0, 0.1, generator=random)
        elif value.ndim == 4:  # a convolution's, whatever its number of inputs
            value.normal_(0, 1.5 / value[0].numel() ** 0.5, generator=random)
    save_file(weights, folder / "model.safetensors")
    info = json.loads((folder / "model.json").read_text())
    info["weights_sha256"] = sha256_file(folder / "model.safetensors")
    (folder / "model.json").write_text(json.dumps(info))
    return folder


def from_onnx(folder: Path, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Run the file as a stranger would, who knows export.json alone."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(folder / "generator.onnx"))
    described = json.loads((folder / "export.json").read_text())["inputs"]
    assert {entry.name for entry in session.get_inputs()} == set(described) == set(inputs)
    return session.run(None, inputs)[0]


def from_torch(folder: Path, inputs: dict[str, torch.Tensor]) -> np.ndarray:
    """Run the other file, which needs torch alone."""
    return torch.export.load(folder / "generator.pt2").module()(**inputs).detach().numpy()
