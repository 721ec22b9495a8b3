"""Slices from an unpacked file, and percentiles piece by piece, against NumPy on all at once."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.images.volume_grid import grid_of, slice_view
from cytoforge.volumes import slice_store
from cytoforge.volumes.percentiles import percentiles
from cytoforge.volumes.slice_store import unpacked
from tests.volumes.phantoms import affine_of, counted, write_volume


@pytest.mark.parametrize("axes", ["RAS", "LIA", "SPL", "PIR"])
def test_each_slice_is_the_picture_of_the_whole(
    axes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(slice_store, "_BLOCK_BYTES", 90)  # two planes at a time, of six
    whole = counted()
    path = write_volume(tmp_path / "volume.nii.gz", whole, affine_of(axes, (1, 2, 3), tilt=True))
    grid = grid_of(path)
    for axis in "xyz":
        with unpacked(str(path), axis, tmp_path) as store:
            pictures = list(store.pictures())
        assert len(pictures) == grid.count(axis) and pictures[0].dtype == whole.dtype
        for number, picture in enumerate(pictures, 1):
            assert np.array_equal(picture, slice_view(whole, grid, axis, number))
    assert [one.name for one in tmp_path.iterdir()] == ["volume.nii.gz"]


def test_a_slice_along_another_axis_is_refused(tmp_path: Path):
    path = write_volume(tmp_path / "volume.nii.gz", counted())
    with (
        unpacked(str(path), "z", tmp_path) as store,
        pytest.raises(TypeError, match="along axis 2"),
    ):
        slice_view(store, store.grid, "x", 1)


@pytest.mark.parametrize("wanted", [[0, 100], [0.5, 99.5], [50, 12.25]])
def test_percentiles_are_numpys(wanted: list[float]):
    random = np.random.default_rng(3)
    values = np.concatenate([random.normal(0, 300, 501), np.zeros(90), [1e-30, -1e-30, -0.0]])
    values = values.astype(np.float32)
    found = percentiles(lambda: np.array_split(values, 7), wanted)
    assert found == pytest.approx(np.percentile(values.astype(np.float64), wanted), rel=1e-7)


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def not_a_number(path: Path) -> None:
    voxels = counted(dtype=np.float32)
    voxels[1, 2, 3] = np.nan
    write_volume(path, voxels)


def packed_otherwise(path: Path) -> None:
    path.write_bytes(gzip.decompress(path.read_bytes()))


@pytest.mark.parametrize(
    ("change", "found"),
    [(damaged, "damaged file"), (not_a_number, "1 voxels"), (packed_otherwise, "call it .nii")],
)
def test_a_volume_that_cannot_be_unpacked_is_named(tmp_path: Path, change, found: str):
    path = write_volume(tmp_path / "volume.nii.gz", counted())
    change(path)
    with pytest.raises(UserError) as refused, unpacked(str(path), "z", tmp_path):
        pass
    assert found in str(refused.value) and "volume.nii.gz" in str(refused.value)
