"""Every preset is valid, and `original` has the numbers that were published."""

from pathlib import Path

import pytest
import torch
import yaml

from cytoforge.config.training import TrainingConfig, config_class, model_names
from cytoforge.models.registry import networks_of

PRESETS = Path(__file__).parents[2] / "config" / "presets"

# As published, by the public descriptions and implementations that our presets name.
PUBLISHED: dict[str, dict[str, object]] = {
    "pix2pix": {  # Isola et al. 2017
        "steps": None,
        "epochs": 200,  # 100 at the full rate, 100 falling
        "schedule": "linear",
        "constant_fraction": 0.5,
        "batch_size": 1,
        "learning_rate": 2e-4,
        "discriminator_rate": 1,
        "beta1": 0.5,
        "beta2": 0.999,
        "augment": "flip",
        "jitter_px": (286 - 256) / 2,
        "ema_decay": 0,
        "precision": "fp32",
        "label_input": "one_hot",  # ours; the medical original gave codes as grey values
        "gan_mode": "vanilla",
        "lambda_l1": 100,
        "lambda_gan": 1,
        "pool_size": 0,
        "generator": "unet_256",
        "generator_filters": 64,
        "discriminator": "patch",
        "discriminator_filters": 64,
        "discriminator_layers": 3,
        "discriminator_detail": 0,
        "norm": "batch",
        "discriminator_norm": None,
        "upsampling": "transposed",
        "detail_filters": 0,
        "grain_channels": 0,
        "l1_mean_px": 1,
        "dropout": True,
    },
    "pix2pixhd": {  # Wang et al. 2018
        "steps": None,
        "epochs": 200,
        "schedule": "linear",
        "constant_fraction": 0.5,
        "batch_size": 1,
        "learning_rate": 2e-4,
        "discriminator_rate": 1,
        "beta1": 0.5,
        "beta2": 0.999,
        "augment": "flip",
        "jitter_px": 0,
        "ema_decay": 0,
        "precision": "fp32",
        "label_input": "one_hot",
        "generator": "global",
        "generator_filters": 64,
        "downsamplings": 4,
        "blocks": 9,
        "enhancer_blocks": 3,
        "norm": "instance",
        "upsampling": "transposed",
        "label_skip": False,
        "grain_channels": 0,
        "discriminator_scales": 2,
        "discriminator_filters": 64,
        "discriminator_layers": 3,
        "discriminator_detail": 0,
        "gan_mode": "lsgan",
        "lambda_l1": 0,
        "l1_mean_px": 1,
        "lambda_features": 10,
        "lambda_vgg": 10,
        "vgg_crop_px": None,
        "instance_edges": True,
        "feature_encoder": False,
        "feature_channels": 3,
        "encoder_filters": 16,
        "feature_clusters": 10,
    },
    "oasis": {  # Schönfeld et al. 2021; batch 4 is the medical original's
        "steps": None,
        "epochs": 200,
        "schedule": "constant",
        "batch_size": 4,
        "learning_rate": 1e-4,
        "discriminator_rate": 4,
        "beta1": 0,
        "beta2": 0.999,
        "augment": "flip",
        "jitter_px": 0,
        "ema_decay": 0.9999,
        "precision": "fp32",
        "label_input": "one_hot",
        "supervision": "oasis",
        "generator": "pixel",
        "generator_filters": 64,
        "blocks": 6,
        "noise_channels": 64,
        "grain_channels": 0,
        "upsampling": "nearest",
        "spade_norm": "batch",
        "spade_filters": 128,
        "spade_kernel": 3,
        "spectral_norm": True,
        "init_gain": 0.02,
        "discriminator_filters": 128,
        "discriminator_blocks": 6,
        "wavelet_discriminator": False,
        "wavelet_discriminator_filters": 128,
        "wavelet_discriminator_stages": 5,
        "wavelet_discriminator_rate": 5,
        "fresh_fakes": True,
        "class_balance": True,
        "ignore_code": None,
        "lambda_segment": 1,
        "lambda_labelmix": 10,
        "lambda_mask": 0,
        "lambda_l1": 0,
        "l1_mean_px": 1,
    },
    "unet": {  # the networks in resources/networks, but for the course of the learning rate
        "steps": 2000,
        "schedule": "cosine",
        "batch_size": 8,
        "learning_rate": 3e-3,
        "beta1": 0.9,
        "beta2": 0.999,
        "weight_decay": 1e-3,
        "widths": (16, 32, 64, 128, 128),
        "crop_px": 128,
        "other_labs": True,
        "augment": "flip_rotate",
        "jitter_px": 0,
        "ema_decay": 0.995,
        "precision": "fp32",
    },
    "u2net": {  # Qin et al. 2020
        "steps": 600_000,
        "schedule": "constant",
        "batch_size": 12,
        "learning_rate": 1e-3,
        "beta1": 0.9,
        "beta2": 0.999,
        "weight_decay": 0,
        "size": "full",
        "crop_px": 288,
        "other_labs": False,
        "augment": "flip",
        "jitter_px": 0,
        "ema_decay": 0,
        "precision": "fp32",
    },
    "hovernet": {  # Graham et al. 2019, by the public implementation
        "steps": None,
        "epochs": 100,  # 50 with a frozen encoder, 50 of all
        "schedule": "step",  # a tenth after 25 epochs, in both phases
        "batch_size": 8,  # 16 and 4 there
        "learning_rate": 1e-4,
        "beta1": 0.9,
        "beta2": 0.999,
        "weight_decay": 0,
        "mode": "original",
        "width": 64,
        "blocks": (3, 4, 6, 3),
        "dense": (8, 4),
        "frozen_fraction": 0.5,
        "window_px": 270,
        "sees": "colours",
        "crop_px": 270,
        "other_labs": True,  # ours, in place of another set of changes
        "augment": "flip_rotate",
        "jitter_px": 0,
        "ema_decay": 0,
        "precision": "fp32",
    },
}
# How we train is ours to choose, and changes no number of the recipe.
OURS = {"minutes", "processes", "cpu_threads", "channels_last", "compile", "validate_every"}
OURS |= {"task", "select_by", "patience"}
OF_DATA = {"epochs", "constant_fraction", "discriminator_rate", "label_input"}
OF_DATA |= {"ignore_label", "scale", "sees", "ihc"}
OF_HOVERNET = OF_DATA - {"epochs", "sees"}
# Of options that are off in the recipe.
UNUSED = {
    "pix2pix": {"lambda_gp", "detail_layers"},
    "pix2pixhd": {"coarse_fraction", "enhancer_only_fraction"},
    "oasis": {
        "constant_fraction",
        "r1_gamma",
        "r1_every",
        "mask_threshold",
        "mask_softness",
        "background_codes",
    },
    "unet": {*OF_DATA, "initial"},
    "u2net": OF_DATA,
    "hovernet": {*OF_HOVERNET, "initial", "types"},
}


def preset(model: str, name: str) -> TrainingConfig:
    text = (PRESETS / model / f"{name}.yaml").read_text(encoding="utf-8")
    return config_class(model).model_validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    "path", sorted(PRESETS.glob("*/*.yaml")), ids=lambda path: f"{path.parent.stem}-{path.stem}"
)
def test_every_preset_is_valid(path):
    preset(path.parent.stem, path.stem)


@pytest.mark.parametrize(
    "path", sorted(PRESETS.glob("*/*.yaml")), ids=lambda path: f"{path.parent.stem}-{path.stem}"
)
def test_validation_chooses_the_checkpoint_in_every_preset(path):
    model = path.parent.stem
    chosen_by = {"unet": "f1", "u2net": "f1", "hovernet": "pq"}.get(model, "lpips")
    assert preset(model, path.stem).selection == chosen_by


@pytest.mark.parametrize("model", model_names())
def test_original_is_the_published_recipe(model):
    values = preset(model, "original").model_dump()
    published = PUBLISHED[model]
    assert {name: values[name] for name in published} == published


@pytest.mark.parametrize("model", model_names())
def test_no_setting_is_left_out(model):
    # A new one is either published, ours, or off.
    assert set(config_class(model).model_fields) == {*PUBLISHED[model], *OURS, *UNUSED[model]}


@pytest.mark.parametrize(
    ("model", "n_codes", "channels", "generator", "discriminator"),
    [
        ("pix2pix", 8, 1, 54_414_977, 2_771_777),
        # 35 labels and their borders, to RGB. Two scales of 6 channels have 5,535,618 weights;
        # each of the 33 channels more has 64 filters of 4 × 4 at both.
        ("pix2pixhd", 35, 3, 182_546_755, 5_535_618 + 33 * 2 * 64 * 16),
        ("oasis", 38, 3, 71_190_467, 22_251_559),
    ],
)
def test_original_has_networks_of_the_published_size(
    model, n_codes, channels, generator, discriminator
):
    config, networks = preset(model, "original"), networks_of(model)
    with torch.device("meta"):
        sampler = networks.build_sampler(config, n_codes, channels)
        given = (n_codes, channels) if model == "oasis" else (sampler,)
        built = [sampler, networks.build_discriminator(config, *given)]
    sizes = [sum(weight.numel() for weight in network.parameters()) for network in built]
    assert sizes == [generator, discriminator]


@pytest.mark.parametrize("model", model_names())
def test_every_model_has_the_three_presets(model):
    assert {path.stem for path in (PRESETS / model).glob("*.yaml")} >= {"original", "fast", "gpu"}
