"""Each left-out image is the only one of test, and no part of it is trained on."""

import yaml

from benchmarks.leave_one_out import MODELS, make_project, without
from cytoforge.config.load import load_config
from cytoforge.images.samples import read_samples
from cytoforge.split.membership import images_in_split


def test_the_left_out_image_is_tested_and_no_other(tmp_path):
    make_project(tmp_path, "pos076", without("pos076", MODELS, steps=4))
    config = load_config(yaml.safe_load((tmp_path / "config.yaml").read_text("utf-8")))
    assert {model.preset for model in config.models.values()} == {"fast"}
    found = read_samples(tmp_path / "samples.tsv", config.images.channels)
    assert images_in_split(found, config.split, config.seed) == {
        "train": ["pos002", "pos218"],
        "val": [],
        "test": ["pos076"],
    }
