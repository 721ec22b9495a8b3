"""Exported generators run by themselves and make the generator's own images."""

import json

import numpy as np
import pytest
import torch

from cytoforge.errors import UserError
from cytoforge.synthesis import model_export as export
from cytoforge.synthesis.model_export import example_inputs, export_generator
from cytoforge.synthesis.trained import load_trained
from tests.synthesis.models import N_CODES, write_model

SMALL = {
    "pix2pix": {"generator": "unet_32", "generator_filters": 4},
    "pix2pixhd": {"generator_filters": 4, "downsamplings": 2, "blocks": 1},
    "oasis": {"generator_filters": 4, "blocks": 3, "noise_channels": 4, "spade_filters": 4},
}


# tests/workflow/test_models.py exports an OASIS, and compares it too.
CASES = ["pix2pix", "pix2pixhd", pytest.param("oasis", marks=pytest.mark.soak)]


@pytest.mark.slow
@pytest.mark.parametrize("model", CASES)
def test_both_files_make_the_generators_images(tmp_path, model):
    folder = write_model(tmp_path / "model", model, SMALL[model])
    facts = export_generator(folder, tmp_path / "out", ("onnx", "torch_export"))
    assert json.loads((tmp_path / "out" / "export.json").read_text()) == facts
    for made in facts["files"].values():
        assert made["largest_difference"] < 1e-4
    # As a stranger would use the ONNX file, knowing export.json alone.
    import onnxruntime

    session = onnxruntime.InferenceSession(str(tmp_path / "out" / "generator.onnx"))
    inputs = example_inputs(load_trained(folder), tiles=1, seed=7)
    assert {entry.name for entry in session.get_inputs()} == set(facts["inputs"])
    image = session.run(None, {name: tensor.numpy() for name, tensor in inputs.items()})[0]
    given = {name: value.numpy() for name, value in inputs.items()}
    expected = load_trained(folder).sample(given, given)
    np.testing.assert_allclose(image, expected, atol=1e-4)


@pytest.mark.parametrize("grey", [1, float("nan")])
def test_a_file_that_makes_other_images_is_refused(tmp_path, monkeypatch, grey):
    folder = write_model(tmp_path / "model", "pix2pix", SMALL["pix2pix"])
    monkeypatch.setattr(export, "_write", lambda *_: np.full((3, 1, 64, 64), grey))
    with pytest.raises(UserError, match="a difference of"):
        export_generator(folder, tmp_path / "out", ("torch_export",))


def test_examples_have_codes_that_the_model_knows(tmp_path):
    folder = write_model(tmp_path / "model", "pix2pix", SMALL["pix2pix"])
    labels = example_inputs(load_trained(folder), tiles=2, seed=0)["labels"]
    assert labels.dtype == torch.uint8
    assert int(labels.max()) == N_CODES - 1
