"""Numbers of label volumes and their names: all of them stay, up to 530 and beyond."""

from pathlib import Path

import numpy as np
import pytest

from cytoforge.config.own_maps import OwnMapConfig
from cytoforge.errors import UserError
from cytoforge.references.own.classes import class_codes, read_classes
from cytoforge.references.own.own_map import read_own_map
from cytoforge.references.own.user_values import own_pixels
from cytoforge.volumes.__main__ import main
from tests.volumes.phantoms import affine_of, write_volume

IDS = np.array([0, 2, 3, 77, 255, 256, 502, 530])


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    voxels = np.random.default_rng(1).choice(IDS, (6, 5, 4)).astype(np.float32)
    voxels.flat[: len(IDS)] = IDS
    return write_volume(tmp_path / "labels.nii.gz", voxels, affine_of("LIA"))


def classes_of(tmp_path: Path, labels: Path, root: Path, *more: str):
    table = tmp_path / "classes.tsv"
    names = str(root / "resources/labels/freesurfer.tsv")
    main([str(labels), "--names", names, "--to", str(table), *more])
    config = OwnMapConfig(column="labels", classes=str(table))
    return read_classes(config, "references.brain")


def test_every_id_stays_itself_there_and_back(tmp_path: Path, labels: Path, root: Path):
    classes = classes_of(tmp_path, labels, root)
    assert [one.name for one in classes[:3]] == [
        "background",
        "left_cerebral_white_matter",
        "left_cerebral_cortex",
    ]
    assert len(classes) == len(IDS)
    seen = set()
    for number in range(1, 6):  # axes run left, down, front: five axial slices
        codes = read_own_map(labels, classes, "column `labels`", plane={"z": number})
        seen |= set(own_pixels(codes, class_codes(classes)).ravel().tolist())
    assert seen == set(IDS.tolist())


def test_rare_values_may_join_the_background(tmp_path: Path, root: Path):
    voxels = np.array([0, 0, 2, 2, 2, 530]).astype(np.int16).reshape(1, 2, 3)
    labels = write_volume(tmp_path / "labels.nii.gz", voxels)
    ground, white = classes_of(tmp_path, labels, root, "--least", "2")
    assert (ground.name, ground.values) == ("background", (0, 530))
    assert (white.name, white.values) == ("left_cerebral_white_matter", (2,))


def test_an_image_is_no_label_volume(tmp_path: Path):
    path = write_volume(tmp_path / "a.nii", np.full((2, 2, 2), 0.5, np.float32))
    with pytest.raises(SystemExit, match="fractions"):
        main([str(path)])


def test_an_unknown_number_is_told_with_its_count(tmp_path: Path, labels: Path):
    config = OwnMapConfig(column="labels", classes={"ground": [0, 2, 3, 77, 255], "other": 530})
    classes = read_classes(config, "references.brain")
    with pytest.raises(UserError, match=r"values of no class: (256|502) in \d+ px"):
        for number in range(1, 6):
            read_own_map(labels, classes, "column `labels`", plane={"z": number})


@pytest.mark.parametrize(
    ("name", "count"),
    [("totalsegmentator_ct", 118), ("totalsegmentator_mr", 51), ("freesurfer", 55)],
)
def test_shipped_names_are_a_table_of_classes(name: str, count: int, root: Path):
    config = OwnMapConfig(column="labels", classes=str(root / f"resources/labels/{name}.tsv"))
    classes = read_classes(config, "references.organs")
    assert len(classes) == count == len({one.colour for one in classes})
