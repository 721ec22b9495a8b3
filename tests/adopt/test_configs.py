"""The configs of public data sets: whole, valid, and planned on miniature trees."""

from pathlib import Path

import pytest
import yaml

from cytoforge.adopt.__main__ import adopt_tree
from cytoforge.config.data_sets import DATA_SETS, SHIPPED
from cytoforge.config.generate import data_set_text
from cytoforge.config.load import load_config
from cytoforge.config.training import model_names
from tests.adopt.trees import TREES
from tests.workflow.tiny_project import Project

# As large as the real images: tiles have to fit.
SIDES = {"pannuke": 256, "bci": 1024}
needs_models = pytest.mark.skipif(
    not {"cyclegan", "hovernet"} <= set(model_names()), reason="models of these configs not there"
)


def folder_of(tmp_path: Path, data_set: str) -> Path:
    """Return a run's folder with an adopted tree, beside those of the runs that it goes on from."""
    for needed in ("pannuke", data_set) if data_set == "endonuke" else (data_set,):
        make, side = TREES[needed], SIDES.get(needed)
        tree = make(tmp_path / f"tree_{needed}", **({"side": side} if side else {}))
        adopt_tree(needed, str(tree), str(tmp_path / data_set), add=True)
    for model in ("bci/results/models/stain", "pannuke/results/models/hovernet"):
        (tmp_path / model).mkdir(parents=True, exist_ok=True)
        for name in ("model.safetensors", "model.json"):
            (tmp_path / model / name).touch()
    return tmp_path / data_set


@pytest.mark.parametrize("data_set", SHIPPED)
def test_what_is_written_beside_a_table_is_what_is_shipped(tmp_path, data_set, root):
    written = folder_of(tmp_path, data_set) / f"{data_set}.yaml"
    assert written.read_text("utf-8") == (root / "config" / f"{data_set}.yaml").read_text("utf-8")


@needs_models
@pytest.mark.parametrize("data_set", sorted(DATA_SETS))
def test_configs_are_valid(tmp_path, data_set, monkeypatch):
    monkeypatch.chdir(folder_of(tmp_path, data_set))
    load_config(yaml.safe_load(data_set_text(data_set)))


@needs_models
@pytest.mark.parametrize("data_set", SHIPPED)
def test_a_miniature_tree_is_planned(tmp_path, data_set, root):
    folder = folder_of(tmp_path, data_set)
    (folder / "config.yaml").write_text(data_set_text(data_set), encoding="utf-8")
    done = Project(folder, root).snakemake("-n", "--quiet", "rules")
    assert done.returncode == 0, done.stderr
    assert "train" in done.stdout
