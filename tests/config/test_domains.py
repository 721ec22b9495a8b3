"""Data sets of two domains, and translated sets: what cannot be is named before any job."""

from copy import deepcopy
from typing import Any

import pytest

from cytoforge.config.load import load_config
from cytoforge.config.set_graph import all_sets
from cytoforge.config.tiles import DatasetConfig
from cytoforge.errors import UserError

STAINS: dict[str, Any] = {
    "images": {"channels": ["red", "green", "blue"]},
    "segmentations": {"nuclei": {"method": "stain"}},
    "references": {
        "nuclei": {
            "segmentation": "nuclei",
            "levels": [
                {"name": "tissue", "region": "background"},
                {"name": "nucleus", "region": "nucleus"},
            ],
        }
    },
    "datasets": {
        "stains": {"domains": {"ihc": {"stain": "IHC"}, "he": {"stain": "HE"}}, "tile_px": 128},
        "maps": {"reference": "nuclei", "tile_px": 128},
    },
    "models": {"stain": {"model": "cyclegan", "dataset": "stains", "preset": "fast"}},
    "sets": {"fake_he": {"translated_by": "stain", "from": "ihc", "to": "he"}},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The config with another value at a dotted path; None takes the key out."""
    raw = deepcopy(STAINS)
    *parents, key = path.split(".")
    section = raw
    for parent in parents:
        section = section.setdefault(parent, {})
    if value is None:
        del section[key]
    else:
        section[key] = value
    return raw


def test_a_data_set_of_domains_needs_no_label_maps():
    raw = changed("datasets.maps", None)
    for key in ("references", "segmentations"):
        del raw[key]
    config = load_config(raw)
    assert list(config.datasets["stains"].domains or {}) == ["ihc", "he"]


def test_a_translator_by_which_no_set_is_made_has_one_of_its_name():
    config = load_config(STAINS)
    assert "stain" not in all_sets(config, {"stain": "translation"})
    sets = all_sets(config.model_copy(update={"sets": {}}), {"stain": "translation"})
    made = sets["stain"]
    assert (made.translated_by, made.from_domain, made.to_domain) == ("stain", "ihc", "he")
    assert (made.images, made.split) == ("real", "test")


def test_words_that_python_keeps_for_itself_come_back_as_they_were_written():
    config = load_config(changed("datasets.stains.pairs", "partner"))
    again = DatasetConfig.model_validate(config.datasets["stains"].model_dump(mode="json"))
    assert again == config.datasets["stains"]
    assert config.sets["fake_he"].model_dump()["from"] == "ihc"


def test_a_data_set_of_label_maps_is_written_down_as_before_there_were_domains():
    keys = load_config(STAINS).datasets["maps"].model_dump(mode="json").keys()
    assert keys == {
        *("set", "reference", "tile_px", "channels", "sampler", "max_gap_fraction", "export_pairs")
    }


POSITIVE = {"domain": "ihc"}
SECOND = {"translated_by": "stain", "from": "he", "to": "ihc", "images": "fake_he"}
WRONG: dict[str, tuple[str, Any, str]] = {
    "neither": ("datasets.stains.domains", None, "datasets.stains: needs `reference`"),
    "both, and a translator": (
        "datasets.stains.reference",
        "nuclei",
        "label maps of one domain and images of another, and 'stain' learns image to image",
    ),
    "one domain": ("datasets.stains.domains", {"ihc": {"stain": "IHC"}}, "needs two domains"),
    "a key of label maps": (
        "datasets.stains.export_pairs",
        True,
        "`export_pairs` is for data sets",
    ),
    "a key of domains": ("datasets.maps.share", 0.5, "`share` is for data sets with `domains`"),
    "register alone": ("datasets.stains.register", True, "`register` needs `pairs`"),
    "a mistyped key": ("datasets.stains.registr", True, "did you mean `register`?"),
    "crops": ("datasets.stains.crop_px", 200, "200 is no multiple of tile_px (128)"),
    "positive": ("datasets.stains.positive", {"domain": "icc"}, "did you mean `ihc`?"),
    "grey": ("images.channels", ["grey"], "needs red, green and blue"),
    "labels wanted": (
        "models.stain.model",
        "pix2pix",
        "'stains' has two domains and no label maps",
    ),
    "domains wanted": ("models.stain.dataset", "maps", "'maps' has no `domains` (those that do: "),
    "export": ("models.stain.export", ["onnx"], "generators of images of label maps"),
    "from where": ("sets.fake_he.to", None, "`translated_by`, `from` and `to` go together"),
    "unknown domain": ("sets.fake_he.from", "ichc", "no domain 'ichc' in the data set of 'stain'"),
    "to itself": ("sets.fake_he.to", "ihc", "'ihc' is `from` already"),
    "unknown model": ("sets.fake_he.translated_by", "stian", "did you mean `stain`?"),
    "a translator of maps": (
        "sets.fake_he",
        {"images_by": "stain", "maps": "real"},
        "`translated_",
    ),
    "a mistyped end": ("sets.fake_he.form", "ihc", "did you mean `from`?"),
    "of the wrong domain": (
        "sets.again",
        {"translated_by": "stain", "from": "ihc", "to": "he", "images": "fake_he"},
        "the images of 'fake_he' are of domain 'he', not 'ihc'",
    ),
    "a loop": ("sets.fake_he.images", "fake_he", "a loop of names"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_named(name: str):
    path, value, expected = WRONG[name]
    raw = changed(path, value)
    if name == "grey":
        raw["datasets"]["stains"]["positive"] = POSITIVE
    with pytest.raises(UserError) as caught:
        load_config(raw)
    assert expected in str(caught.value)


def test_a_model_of_one_way_is_not_asked_for_the_other():
    raw = changed("models.stain.model", "cut")
    raw["sets"]["fake_he"] = {"translated_by": "stain", "from": "he", "to": "ihc"}
    with pytest.raises(UserError, match="cut translates ihc to he only"):
        load_config(raw)


def test_the_way_back_of_what_was_translated_is_a_set():
    assert load_config(changed("sets.back", SECOND)).sets["back"].images == "fake_he"


UNPAIRED_MODEL = {"model": "oasis", "dataset": "stains", "preset": "fast"}
USIS = {"supervision": "usis", "lambda_l1": 0, "lambda_gradient": 0}


def unpaired(model: dict[str, Any], reference: str | None = "nuclei") -> dict[str, Any]:
    """The config with label maps of IHC, images of H&E, and a model that learns from both."""
    raw = changed("datasets.stains.reference", reference) if reference else deepcopy(STAINS)
    raw["models"], raw["sets"] = {"made": model}, {}
    return raw


def test_label_maps_of_one_domain_and_images_of_another_are_learned_without_pairs():
    model = {**UNPAIRED_MODEL, "task": "labels_to_domain", "training": USIS}
    config = load_config(unpaired(model))
    assert config.datasets["stains"].unpaired
    assert all_sets(config, {"made": "image"})["made"].images_by == "made"


@pytest.mark.parametrize(
    ("model", "reference", "said"),
    [
        (
            UNPAIRED_MODEL,
            "nuclei",
            "learns label map to image from pairs; take `model: oasis`",
        ),
        (
            {**UNPAIRED_MODEL, "dataset": "maps", "task": "labels_to_domain", "training": USIS},
            None,
            "'maps' lacks one of `reference` and `domains`",
        ),
    ],
)
def test_pairs_and_none_are_not_confused(model, reference, said):
    with pytest.raises(UserError, match=said):
        load_config(unpaired(model, reference))
