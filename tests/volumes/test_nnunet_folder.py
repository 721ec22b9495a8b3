"""A made set as a folder of nnU-Net: numbers without a gap, and read back by `adopt`."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

from cytoforge.adopt.__main__ import adopt_tree
from cytoforge.errors import UserError
from cytoforge.jobs.csv_file import write_csv
from cytoforge.volumes.nnunet_folder import write_folder
from cytoforge.volumes.stack import COLUMNS
from tests.volumes.phantoms import affine_of, counted, write_volume

CODES = [
    {"code": 0, "name": "air", "values": [0]},
    {"code": 1, "name": "liver", "values": [5, 6]},
    {"code": 2, "name": "skin", "values": [530]},
]


def test_the_class_of_0_is_the_background_wherever_it_stands(tmp_path: Path):
    made = tmp_path / "set"
    write_volume(made / "volumes/a.nii.gz", counted())
    write_volume(made / "volumes/a_labels.nii.gz", (counted() % 2 * 7).astype(np.int16))
    (made / "volumes/a.json").write_text(json.dumps({"channels": {"grey": {"unit": "HU"}}}))
    files = ["volumes/a.nii.gz", "volumes/a_labels.nii.gz", "", "", "volumes/a.json"]
    write_csv(made / "volumes.csv", COLUMNS, [["a", "a", 0, 6, 6, *files]])
    liver, air = {"code": 0, "name": "liver", "values": [7]}, {**CODES[0], "code": 1}
    write_folder(made, [liver, air], tmp_path / "to")
    assert json.loads((tmp_path / "to/dataset.json").read_text())["labels"] == {
        "background": 0,
        "liver": 1,
    }
    back = nibabel.load(tmp_path / "to/labelsTr/a.nii.gz")
    assert np.array_equal(np.asarray(back.dataobj), counted() % 2)
    with pytest.raises(UserError, match="first value is 0"):
        write_folder(made, [liver], tmp_path / "other")


def test_a_set_becomes_a_folder_that_can_be_adopted(tmp_path: Path):
    made, affine = tmp_path / "set", affine_of("LPS", (1, 2, 3), tilt=True)
    labels = np.array([0, 5, 530], np.int16)[counted() % 3]
    rows = []
    for case in ("a", "b", "c"):
        write_volume(made / f"volumes/{case}.nii.gz", counted(), affine)
        write_volume(made / f"volumes/{case}_labels.nii.gz", labels, affine)
        sidecar = {"channels": {"grey": {"unit": "HU"}}}
        (made / f"volumes/{case}.json").write_text(json.dumps(sidecar))
        files = [f"volumes/{case}.nii.gz", f"volumes/{case}_labels.nii.gz", "", ""]
        rows.append([case, case, 0, 6, 6, *files, f"volumes/{case}.json"])
    write_csv(made / "volumes.csv", COLUMNS, rows)
    folder = tmp_path / "raw/Dataset101_Made"
    assert write_folder(made, CODES, folder) == 3
    back = nibabel.load(folder / "labelsTr/b.nii.gz")
    assert np.array_equal(np.asarray(back.dataobj), counted() % 3)
    assert np.abs(back.affine - affine).max() < 1e-4
    about = json.loads((folder / "dataset.json").read_text())
    assert about["labels"] == {"background": 0, "liver": 1, "skin": 2}
    assert about["channel_names"] == {"0": "CT"}
    assert "nnunet: 3 images" in adopt_tree("nnunet", str(tmp_path / "raw"), str(tmp_path / "my"))
