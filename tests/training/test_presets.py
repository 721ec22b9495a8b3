"""Every preset is valid, and `original` has the numbers that were published."""

from pathlib import Path

import pytest
import torch
import yaml

from cytoforge.config.training import TrainingConfig, config_class, model_names
from cytoforge.models.registry import networks_of
from tests.training.published import PUBLISHED as OF_OTHERS
from tests.training.published_stylegans import STYLEGANS as OF_STYLEGANS

PUBLISHED = {**OF_OTHERS, **OF_STYLEGANS}
PRESETS = Path(__file__).parents[2] / "config" / "presets"

# How we train is ours to choose, and changes no number of the recipe.
OURS = {"minutes", "processes", "cpu_threads", "channels_last", "compile", "validate_every"}
OURS |= {"task", "select_by", "validation_scores", "patience", "neighbours"}
OF_DATA = {"epochs", "constant_fraction", "discriminator_rate", "label_input"}
OF_DATA |= {"ignore_label", "scale", "sees", "ihc"}
OF_HOVERNET = OF_DATA - {"epochs", "sees"}
STYLEGANS = ("stylegan2", "stylegan3_t", "stylegan3_r")
# Steps follow from kimg; what a label map has and a photograph has not.
OF_DOMAINS = {"initial", "freeze", "label_input", "structure"}
OF_MAPS = {"steps", "output", "distance", "threshold", "real_blur_px", "real_noise"}
# Of options that are off in the recipe.
UNUSED = {
    "pix2pix": {"lambda_gp", "lambda_gradient", "detail_layers"},
    "pix2pixhd": {"coarse_fraction", "enhancer_only_fraction", "lambda_gradient"},
    "oasis": {
        "constant_fraction",
        "lambda_gradient",
        "r1_gamma",
        "r1_every",
        "mask_threshold",
        "mask_softness",
        "background_codes",
    },
    "unet": {*OF_DATA, "initial"},
    "u2net": OF_DATA,
    "mask_rcnn": OF_DATA,
    "label_unet": {"constant_fraction", "discriminator_rate", "label_input"},
    "cyclegan": {*OF_DOMAINS, "detail_layers", "lambda_haematoxylin"},
    "cut": OF_DOMAINS,
    "hovernet": {*OF_HOVERNET, "initial", "types", "nucleus_probability"},
    **{name: {*OF_MAPS, "label_input", "constant_fraction", "epochs"} for name in STYLEGANS},
}
CHOSEN_BY = {
    "oasis/ct": "frechet",
    "oasis/mr": "frechet",
    "unet": "f1",
    "u2net": "f1",
    "mask_rcnn": "f1",
    "label_unet": "l1",
    "hovernet": "pq",
    "cyclegan": "translation",
    "cut": "translation",
    **dict.fromkeys(STYLEGANS, "maps"),
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
    chosen = CHOSEN_BY.get(f"{model}/{path.stem}", CHOSEN_BY.get(model, "lpips"))
    assert preset(model, path.stem).selection == chosen


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


@pytest.mark.parametrize("model", ["cyclegan", "cut"])
def test_published_is_original_by_another_name(model):
    assert preset(model, "published") == preset(model, "original")


def test_bci_is_the_public_projects_second_run():
    bci, published = preset("cyclegan", "bci"), preset("cyclegan", "published")
    found = bci.model_dump()
    differs = {
        key: found[key] for key, value in published.model_dump().items() if found[key] != value
    }
    assert differs == {
        "epochs": 150,
        "schedule": "constant",
        "batch_size": 2,
        "learning_rate": 1e-5,
        "identity": 0.05,  # its weight is 0.5, of lambda_cycle 10
        "pool_size": 0,
        "stem_norm": False,
        "jitter_px": 0,
        "precision": "auto",
        "validate_every": 6234,
        "patience": 20,
    }


def test_fastcut_compares_mirrored_images_more_strongly_and_the_other_domain_not():
    cut, fastcut = preset("cut", "published"), preset("cut", "fastcut")
    found = fastcut.model_dump()
    differs = {key: found[key] for key, value in cut.model_dump().items() if found[key] != value}
    assert differs == {
        "epochs": 200,
        "constant_fraction": 0.75,  # 150 at the full rate
        "lambda_nce": 10,
        "nce_identity": False,
        "flip_equivariance": True,
    }


@pytest.mark.parametrize("model", model_names())
def test_every_model_has_the_three_presets(model):
    assert {path.stem for path in (PRESETS / model).glob("*.yaml")} >= {"original", "fast", "gpu"}
