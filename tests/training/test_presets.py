from pathlib import Path

import pytest
import yaml

from cytoforge.config.models import MODEL_CONFIGS

PRESETS = Path(__file__).parents[2] / "config" / "presets"


@pytest.mark.parametrize(
    "path", sorted(PRESETS.glob("*/*.yaml")), ids=lambda path: f"{path.parent.stem}-{path.stem}"
)
def test_every_preset_is_valid(path):
    MODEL_CONFIGS[path.parent.stem](**yaml.safe_load(path.read_text(encoding="utf-8")))


def test_original_is_the_published_recipe():
    values = yaml.safe_load((PRESETS / "pix2pix" / "original.yaml").read_text(encoding="utf-8"))
    config = MODEL_CONFIGS["pix2pix"](**values)
    assert (config.generator, config.generator_filters, config.norm) == ("unet_256", 64, "batch")
    assert (config.discriminator_filters, config.discriminator_layers) == (64, 3)
    assert (config.batch_size, config.epochs, config.constant_share) == (1, 200, 0.5)
    assert (config.learning_rate, config.beta1, config.beta2) == (2e-4, 0.5, 0.999)
    assert (config.gan_mode, config.lambda_l1, config.lambda_gan) == ("vanilla", 100, 1)
    assert config.dropout
    assert config.ema_decay == 0


@pytest.mark.parametrize("model", MODEL_CONFIGS)
def test_every_model_has_the_three_presets(model):
    assert {path.stem for path in (PRESETS / model).glob("*.yaml")} >= {"original", "fast", "gpu"}
