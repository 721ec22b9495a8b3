"""Fast generation: the same image but for rounding, chosen by setting and device alone."""

import numpy as np
import pytest

from cytoforge.config.models import SynthesisConfig
from cytoforge.synthesis.execution import accelerate, count_tiles
from cytoforge.synthesis.stitch import stitch
from cytoforge.synthesis.trained import load_trained
from tests.synthesis.models import N_CODES, write_model

MODELS = {
    "pix2pix": {"generator": "unet_64", "generator_filters": 4},
    "oasis": {"generator_filters": 4, "discriminator_filters": 4},
    "pix2pixhd": {"generator_filters": 4, "discriminator_filters": 4},
}


@pytest.mark.parametrize(
    ("shape", "overlap"), [((64, 64), 0.5), ((10, 200), 0.5), ((130, 65), 0.0)]
)
def test_counts_the_tiles_that_are_painted(shape, overlap):
    generated = []

    def generate(tiles, indices):
        generated.extend(indices)
        return np.zeros((len(indices), 1, 64, 64), np.float32)

    stitch(generate, {"labels": np.zeros(shape, np.uint8)}, 64, overlap, 2)
    assert count_tiles([shape], 64, overlap) == len(generated)


@pytest.mark.parametrize("model", MODELS)
def test_a_field_is_the_same_but_for_rounding(tmp_path, model):
    generator = load_trained(write_model(tmp_path / "model", model, MODELS[model]))
    label_map = np.random.default_rng(0).integers(0, N_CODES, (100, 150)).astype(np.uint8)
    config = SynthesisConfig()
    fast, line = accelerate(generator, config, 6)
    difference = np.abs(fast.field(label_map, 3) - generator.field(label_map, 3))
    assert line.startswith("inference: ") and difference.mean() < 0.004 and difference.max() < 0.05
    assert np.array_equal(fast.field(label_map, 3), fast.field(label_map, 3))


@pytest.mark.parametrize("model", MODELS)
def test_fast_fields_are_near_and_repeatable(tmp_path, model):
    generator = load_trained(write_model(tmp_path / "model", model, MODELS[model]))
    label_map = np.random.default_rng(0).integers(0, N_CODES, (100, 150)).astype(np.uint8)
    config = SynthesisConfig(inference="fast")
    images = [accelerate(generator, config, n)[0].field(label_map, 3) for n in (1, 10**6)]
    assert np.abs(images[0] - generator.field(label_map, 3)).mean() < 0.006
    assert np.array_equal(*images)


def test_seeded_dropout_is_auto(tmp_path):
    generator = load_trained(write_model(tmp_path / "model", "pix2pix", MODELS["pix2pix"]))
    seeded = SynthesisConfig(dropout="seeded", inference="fast")
    _, line = accelerate(generator, seeded, 10)
    assert line == accelerate(generator, SynthesisConfig(), 10)[1]
