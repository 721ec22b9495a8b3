"""Label volumes of another program get the numbers that a model knows."""

from pathlib import Path

import nibabel
import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.volumes.renumber import renumber
from tests.volumes.phantoms import affine_of, write_volume

TABLE = "value\tstructure\tbecomes\n0\tair\t0\n41\tcortex\t1\n515\tskull\t77\n"


def test_numbers_change_and_the_grid_stays(tmp_path: Path):
    labels = np.random.default_rng(1).choice([0, 41, 515], (4, 5, 3)).astype(np.float32)
    affine = affine_of("LIA", (1, 2, 1), tilt=True)
    path = write_volume(tmp_path / "head.nii.gz", labels, affine)
    (tmp_path / "table.tsv").write_text(TABLE)
    target = tmp_path / "new.nii.gz"
    assert renumber(str(path), str(tmp_path / "table.tsv"), str(target)) == (3, 3)
    made = nibabel.load(target)
    expected = np.select([labels == 41, labels == 515], [1, 77], 0)
    assert np.array_equal(np.asarray(made.dataobj), expected)
    assert made.get_data_dtype() == np.uint8
    assert np.abs(made.affine - affine).max() < 1e-4


def test_a_number_without_a_row_is_named(tmp_path: Path):
    path = write_volume(tmp_path / "head.nii.gz", np.full((2, 2, 2), 502, np.int16))
    (tmp_path / "table.tsv").write_text(TABLE)
    with pytest.raises(UserError, match="none for 502"):
        renumber(str(path), str(tmp_path / "table.tsv"), str(tmp_path / "new.nii.gz"))
    assert not (tmp_path / "new.nii.gz").exists()


def test_the_shipped_head_has_numbers_of_the_shipped_ct(root: Path):
    folder = root / "resources" / "volumes"
    known = {line.split("\t")[0] for line in (folder / "classes.tsv").read_text().splitlines()[1:]}
    numbers = np.unique(np.asarray(nibabel.load(folder / "head" / "head.nii.gz").dataobj))
    assert {str(number) for number in numbers} <= known
