"""Data sets of some of the images: which they take, and which images need label maps."""

import pytest

from cytoforge.config.load import load_config
from cytoforge.errors import UserError
from cytoforge.images.samples import Sample
from cytoforge.segmentation.label_columns import check_label_columns
from cytoforge.split.parts import (
    check_parts,
    images_of_part,
    labelled_images,
    unknown_cells,
)
from tests.config.test_domains import changed

SAMPLES = {
    name: Sample(name, {"path": f"{name}.tif"}, {"stain": stain})
    for name, stain in {"a": "IHC", "b": "HE", "c": "HE"}.items()
}


def nuclei_of(where: dict[str, str]):
    """The config of two stains, with a data set of labelled nuclei for a U-Net."""
    raw = changed("datasets.maps.where", where)
    raw["segmentations"]["nuclei"] = {"method": "labels", "nuclei_column": "truth"}
    raw["models"]["finder"] = {"model": "unet", "dataset": "maps", "preset": "fast"}
    return raw


def test_others_need_no_label_maps():
    config = load_config(nuclei_of({"stain": "HE"}))
    parts = {name: images_of_part(one, SAMPLES) for name, one in config.datasets.items()}
    assert parts == {"stains": ("a", "b", "c"), "maps": ("b", "c")}
    needed = labelled_images(config, parts)
    assert needed == {"references.nuclei": ["b", "c"], "segmentations.nuclei": ["b", "c"]}
    table = {
        name: Sample(name, {}, {**one.columns, "truth": "" if name == "a" else __file__})
        for name, one in SAMPLES.items()
    }
    with pytest.raises(UserError) as told:  # the same file for both is its own mistake
        check_label_columns(config.segmentations, table, {}, needed)
    assert "a: no label file" not in str(told.value)


def test_true_objects_are_needed_of_the_images_that_are_learned_from_and_tested():
    raw = nuclei_of({"stain": "HE"})
    raw["segmentations"]["drawn"] = {"method": "labels", "nuclei_column": "truth"}
    raw["utility"] = {"nuclei": {"real": "maps", "truth": "drawn"}}
    config = load_config(raw)
    needed = labelled_images(config, {"stains": ("a", "b", "c"), "maps": ("b", "c")})
    assert needed["segmentations.drawn"] == ["b", "c"]


def test_a_mistyped_column_or_value_is_named():
    for where, hint in (({"stian": "HE"}, "`stain`"), ({"stain": "H&E"}, "`HE`")):
        with pytest.raises(UserError, match=f"did you mean {hint}"):
            check_parts(load_config(nuclei_of(where)).datasets, SAMPLES)


def test_a_generator_is_compared_on_all_images():
    raw = nuclei_of({"stain": "HE"})
    raw["models"]["finder"] = {"model": "pix2pix", "dataset": "maps", "preset": "fast"}
    with pytest.raises(UserError, match="where: is for models that find instances"):
        load_config(raw)


def test_an_unknown_value_is_said_once():
    rows = [{"stain": "HE", "origin": "a"}, {"stain": "IHC", "origin": "b"}]
    (line,) = unknown_cells("where", {"stain": "ICH"}, rows)
    assert "no image has 'ICH' in column 'stain'" in line
    (line,) = unknown_cells("where", {"stain": "HE", "origin": "b"}, rows)
    assert line == "where: no image has all of stain HE, origin b"
