"""Volumes as nnU-Net, SynthRAD and autoPET keep them, in miniature."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from cytoforge.adopt.__main__ import adopt_tree
from cytoforge.adopt.nnunet import classes_of
from cytoforge.config.load import load_config
from cytoforge.errors import UserError
from cytoforge.images.samples import read_samples
from tests.volumes.other_formats import write_itk
from tests.volumes.phantoms import counted, write_volume

LABELS = {"background": 0, "liver": 1, "whole tumour": [1, 2], "tumour": 2}


def nnunet(tree: Path, channels: tuple[str, ...] = ("CT",)) -> Path:
    folder = tree / "Dataset001_Liver"
    for case in ("liver_003", "liver_012", "liver_020"):
        for number in range(len(channels)):
            write_volume(folder / f"imagesTr/{case}_{number:04d}.nii.gz", counted())
        labels = (counted() % 3).astype(np.uint8)
        write_volume(folder / f"labelsTr/{case}.nii.gz", labels)
    about = {
        "name": "Liver",
        "channel_names": {str(n): name for n, name in enumerate(channels)},
        "labels": LABELS,
        "numTraining": 3,
        "file_ending": ".nii.gz",
    }
    (folder / "dataset.json").write_text(json.dumps(about))
    return tree


def synthrad(tree: Path) -> Path:
    for patient in ("1PA001", "1PA004", "1PA009"):
        for name in ("mr", "ct", "mask"):
            write_volume(tree / f"Task1/pelvis/{patient}/{name}.nii.gz", counted())
    return tree


def autopet(tree: Path) -> Path:
    for patient in ("PETCT_01", "PETCT_02", "PETCT_03"):
        study = tree / "FDG" / patient / "08-12-2005-NA-PET-CT"
        for name in ("CTres", "SUV", "SEG"):
            voxels = counted() if name != "SEG" else (counted() % 2).astype(np.uint8)
            write_volume(study / f"{name}.nii.gz", voxels)
    return tree


TREES: dict[str, Callable[[Path], Path]] = {
    "nnunet": nnunet,
    "synthrad": synthrad,
    "autopet": autopet,
}


def adopted(tmp_path: Path, data_set: str) -> tuple[dict[str, dict[str, str]], dict[str, Any], str]:
    """Return cells by volume, the config, and what was told."""
    told = adopt_tree(data_set, str(TREES[data_set](tmp_path / "tree")), str(tmp_path / "my"))
    samples = read_samples(tmp_path / "my/samples.tsv", ("grey",))
    config = yaml.safe_load((tmp_path / "my" / f"{data_set}.yaml").read_text())
    return {str(one.stack): one.columns for one in samples}, config, told


@pytest.mark.parametrize("data_set", sorted(TREES))
def test_a_tree_becomes_a_table_and_a_config_that_is_valid(tmp_path: Path, data_set: str, root):
    columns, config, told = adopted(tmp_path, data_set)
    assert "Written:" in told
    assert all(one["patient"] and one["source"] == data_set for one in columns.values())
    load_config({**config, "samples": "samples.tsv"})
    assert config["split"] == {"by": "patient"}


def test_classes_and_scaling_are_those_of_dataset_json(tmp_path: Path):
    columns, config, told = adopted(tmp_path, "nnunet")
    assert list(columns) == ["liver_003", "liver_012", "liver_020"]
    assert config["references"]["organs"]["classes"] == {"background": 0, "liver": 1, "tumour": 2}
    assert config["images"]["normalisation"] == {"method": "window", "window": "ct"}
    assert columns["liver_003"]["labels"].endswith("labelsTr/liver_003.nii.gz")
    assert "left out: whole tumour" in told


def test_channels_of_nnunet_have_a_column_each(tmp_path: Path):
    tree = nnunet(tmp_path / "tree", ("T1", "T2"))
    adopt_tree("nnunet", str(tree), str(tmp_path / "my"))
    one, *_ = read_samples(tmp_path / "my/samples.tsv", ("T1", "T2"))
    assert [Path(file).name for file in one.files.values()] == [
        "liver_003_0000.nii.gz",
        "liver_003_0001.nii.gz",
    ]


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ({"0": "background", "1": "liver"}, {"background": 0, "liver": 1}),
        ({"background": "0", "liver": "1"}, {"background": 0, "liver": 1}),
        ({"background": [0], "a b": 1, "a_b": 2}, {"background": 0, "a_b": 1, "a_b_2": 2}),
        ({"background": 0, "all": [1, 2], "core": [2]}, {"background": 0, "all": 1, "core": 2}),
    ],
    ids=["version 1", "text", "names alike", "regions alone"],
)
def test_classes_are_read_however_they_are_written(labels: Any, classes: dict[str, int]):
    assert classes_of({"labels": labels}) == classes


@pytest.mark.parametrize("names", [{"0": "MRI", "1": "MRI"}, {}], ids=["alike", "none"])
def test_no_channel_is_lost(tmp_path: Path, names: dict[str, str]):
    tree = nnunet(tmp_path / "tree", ("T1", "T2"))
    path = tree / "Dataset001_Liver/dataset.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "channel_names": names}))
    adopt_tree("nnunet", str(tree), str(tmp_path / "my"))
    columns = ("MRI", "MRI_1") if names else ("c_0", "c_1")
    one, *_ = read_samples(tmp_path / "my/samples.tsv", columns)
    assert [Path(file).name[-11:] for file in one.files.values()] == ["0000.nii.gz", "0001.nii.gz"]


def test_files_of_a_channel_that_is_not_named_are_no_surplus(tmp_path: Path):
    tree = nnunet(tmp_path / "tree")
    write_volume(tree / "Dataset001_Liver/imagesTr/liver_003_0001.nii.gz", counted())
    with pytest.raises(UserError, match=r"liver_003: dataset\.json has no channel 0001"):
        adopt_tree("nnunet", str(tree), str(tmp_path / "my"))


def test_both_modalities_of_a_patient_are_partners(tmp_path: Path):
    columns, config, _ = adopted(tmp_path, "synthrad")
    assert columns["1PA001_mr"]["pair"] == "1PA001_ct"
    assert (columns["1PA001_ct"]["window"], columns["1PA001_mr"]["window"]) == ("ct", "")
    assert config["images"]["volumes"] == {"body": "mask"}


def test_synthrad_of_2025_has_metaimages(tmp_path: Path):
    for patient in ("1ABA001", "1ABA002", "1ABA003"):
        for name in ("mr", "ct", "mask"):
            write_itk(tmp_path / f"tree/Task1/AB/{patient}/{name}.mha", counted())
    adopt_tree("synthrad", str(tmp_path / "tree"), str(tmp_path / "my"))
    one, *_ = read_samples(tmp_path / "my/samples.tsv", ("grey",))
    assert (one.stack, Path(one.files["path"]).name) == ("1ABA001_mr", "mr.mha")
    assert one.columns["mask"].endswith("1ABA001/mask.mha")


def test_the_pet_stands_beside_the_ct(tmp_path: Path):
    columns, _, told = adopted(tmp_path, "autopet")
    one = columns["PETCT_01_08-12-2005-NA-PET-CT"]
    assert (one["patient"], Path(one["suv"]).name) == ("PETCT_01", "SUV.nii.gz")
    assert "a body needs organs too" in told


def without_labels(tree: Path) -> Path:
    (nnunet(tree) / "Dataset001_Liver/labelsTr/liver_012.nii.gz").unlink()
    return tree


def without_description(tree: Path) -> Path:
    (nnunet(tree) / "Dataset001_Liver/dataset.json").unlink()
    return tree


def without_channel(tree: Path) -> Path:
    (nnunet(tree, ("T1", "T2")) / "Dataset001_Liver/imagesTr/liver_020_0001.nii.gz").unlink()
    return tree


def without_mask(tree: Path) -> Path:
    (synthrad(tree) / "Task1/pelvis/1PA004/mask.nii.gz").unlink()
    return tree


def without_ct(tree: Path) -> Path:
    (autopet(tree) / "FDG/PETCT_02/08-12-2005-NA-PET-CT/CTres.nii.gz").unlink()
    return tree


@pytest.mark.parametrize(
    ("data_set", "broken", "found"),
    [
        ("nnunet", without_labels, "case liver_012: no labels in labelsTr"),
        ("nnunet", without_description, "dataset.json: no such file"),
        ("nnunet", without_channel, "case liver_020: no channel 0001"),
        ("synthrad", without_mask, "1PA004: ct.nii.gz, mr.nii.gz, not ct, mask and one of"),
        ("autopet", without_ct, "08-12-2005-NA-PET-CT: no CTres.nii.gz"),
        ("nnunet", lambda tree: (tree.mkdir(), tree)[1], "no folder that holds imagesTr"),
    ],
)
def test_a_broken_tree_is_told_what_it_lacks(tmp_path: Path, data_set: str, broken, found: str):
    tree = broken(tmp_path / "tree")
    with pytest.raises(UserError) as error:
        adopt_tree(data_set, str(tree), str(tmp_path / "my"))
    assert found in error.value.found
    assert not (tmp_path / "my").exists()
