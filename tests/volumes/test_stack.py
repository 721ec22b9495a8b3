"""From a volume to slices and back: the same place in space, the same values, the same corner."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile

from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.nifti_header import read_header
from cytoforge.images.ome import write_image
from cytoforge.images.read import read_raw
from cytoforge.images.set_manifest import write_manifest
from cytoforge.jobs.csv_file import read_csv
from cytoforge.volumes.nifti_file import write_nifti
from cytoforge.volumes.stack import COLUMNS, Place, stack_volumes
from tests.volumes.phantoms import affine_of, write_volume

SHAPE = (6, 5, 4)
VALUES = (0, 7, 530)
ORIENTED = [("RAS", "z"), ("LIA", "z"), ("LPS", "y"), ("PIR", "x"), ("ASL", "z")]


def made_set(
    folder: Path, volume: Path, labels: np.ndarray, axis: str, numbers: range, scaling: str
) -> Path:
    """Write a set of slices as a model would, whose pixels are those of the volume."""
    rows = []
    for number in numbers:
        name = f"v_{axis}{number:02d}"
        pixels = read_raw(str(volume), plane={axis: number}).pixels
        image = Image(name, pixels, ("grey",), (ChannelRange(-1000, 1000, scaling),))
        write_image(folder / f"fields/{name}.ome.tif", image)
        path = folder / f"fields/{name}_labels.tif"
        tifffile.imwrite(path, np.full(pixels.shape[1:], number % 3, np.uint8))
        rows.append(
            {
                "name": name,
                "image": f"fields/{name}.ome.tif",
                "labels": f"fields/{name}_labels.tif",
                "source": name,
                "model": "oasis",
                "sample": "0",
                "seed": str(number),
            }
        )
    write_manifest(folder, rows)
    return folder / "manifest.csv"


@pytest.mark.parametrize(("axes", "axis"), ORIENTED)
@pytest.mark.parametrize("codes", [(2, 2), (0, 2), (1, 0)])
def test_an_oblique_volume_comes_back_in_its_place(
    tmp_path: Path, axes: str, axis: str, codes: tuple[int, int]
):
    voxels = np.random.default_rng(3).integers(-1000, 2000, SHAPE).astype(np.int16)
    voxels[0, 0, 0] = 3000  # a corner that a flip would move
    affine = affine_of(axes, (0.8, 0.9, 2.4), tilt=True)
    volume = write_volume(tmp_path / "v.nii.gz", voxels, affine, codes=codes)
    count = {"RAS": 4, "LIA": 5, "LPS": 5, "PIR": 4, "ASL": 5}[axes]
    manifest = made_set(tmp_path / "set", volume, voxels, axis, range(1, count + 1), "window")
    places = {f"v_{axis}{n:02d}": Place("v", axis, n) for n in range(1, count + 1)}
    out = tmp_path / "volumes"
    stack_volumes(manifest, places, {"v": str(volume)}, VALUES, out, tmp_path / "volumes.csv")
    back = nibabel.load(out / "v.nii.gz")
    assert back.get_data_dtype() == np.int16
    assert np.array_equal(np.asarray(back.dataobj), voxels)
    assert np.abs(back.affine - nibabel.load(volume).affine).max() < 1e-4
    assert np.abs(back.get_qform() - back.get_sform()).max() < 1e-4  # ITK reads one of them
    assert back.header["qform_code"] > 0 and back.header["sform_code"] > 0
    assert np.allclose(back.header.get_zooms(), (0.8, 0.9, 2.4))
    assert back.header.get_slope_inter() in ((1, 0), (None, None))


def test_labels_and_where_they_come_from_lie_beside(tmp_path: Path):
    voxels = np.zeros(SHAPE, np.int16)
    volume = write_volume(tmp_path / "v.nii.gz", voxels)
    manifest = made_set(tmp_path / "set", volume, voxels, "z", range(2, 4), "window")
    places = {f"v_z{n:02d}": Place("v", "z", n) for n in range(1, 5)}
    out = tmp_path / "volumes"
    stack_volumes(manifest, places, {"v": str(volume)}, VALUES, out, tmp_path / "volumes.csv")
    labels = nibabel.load(out / "v_labels.nii.gz")
    assert labels.get_data_dtype() == np.int16  # 530 does not fit into 8 bits
    # Slices 2 and 3 have codes 2 and 0; what the set does not have is background, and air.
    assert [set(np.unique(plane)) for plane in np.moveaxis(np.asarray(labels.dataobj), 2, 0)] == [
        {0}, {530}, {0}, {0},
    ]  # fmt: skip
    assert np.asarray(nibabel.load(out / "v.nii.gz").dataobj)[..., 0].tolist() == [[-1000] * 5] * 6
    sidecar = json.loads((out / "v.json").read_text())
    assert [(one["slice"], one["seed"]) for one in sidecar["slices"]] == [(2, "2"), (3, "3")]
    assert sidecar["made_by"] == {"model": "oasis", "sample": "0"}
    assert sidecar["channels"]["grey"]["unit"] == "HU"
    ((_, row),) = read_csv(tmp_path / "volumes.csv", COLUMNS, "")
    assert (row["slices"], row["of"], row["labels"]) == ("2", "4", "volumes/v_labels.nii.gz")


def test_the_same_slices_give_the_same_bytes(tmp_path: Path):
    voxels = np.arange(120, dtype=np.int16).reshape(SHAPE)
    volume = write_volume(tmp_path / "v.nii.gz", voxels)
    manifest = made_set(tmp_path / "set", volume, voxels, "z", range(1, 5), "body")
    places = {f"v_z{n:02d}": Place("v", "z", n) for n in range(1, 5)}
    for name in ("a", "b"):
        stack_volumes(
            manifest, places, {"v": str(volume)}, None, tmp_path / name, tmp_path / f"{name}.csv"
        )
    one, other = ((tmp_path / name / "v.nii.gz").read_bytes() for name in ("a", "b"))
    assert one == other
    back = nibabel.load(tmp_path / "a/v.nii.gz")
    assert back.get_data_dtype() == np.float32  # MR has no unit in which whole numbers would do
    assert np.array_equal(np.asarray(back.dataobj), voxels)
    assert not list((tmp_path / "a").glob(".*"))


def test_slices_of_another_size_are_refused(tmp_path: Path):
    voxels = np.zeros(SHAPE, np.int16)
    volume = write_volume(tmp_path / "v.nii.gz", voxels)
    manifest = made_set(tmp_path / "set", volume, voxels, "z", range(1, 2), "window")
    other = write_volume(tmp_path / "other.nii.gz", np.zeros((6, 7, 4), np.int16))
    with pytest.raises(UserError, match="7 × 6 px"):
        stack_volumes(
            manifest,
            {"v_z01": Place("v", "z", 1)},
            {"v": str(other)},
            None,
            tmp_path / "out",
            tmp_path / "out.csv",
        )


@pytest.mark.parametrize(("shear", "code"), [(0.0, 1), (0.04, 0)])
def test_no_qform_is_said_where_it_would_lie(tmp_path: Path, shear: float, code: int):
    """A qform cannot shear: far from the origin it would be 8 mm off at the last voxel."""
    affine = np.array([[1, shear, 0, -250], [0, 1, 0, -250], [0, 0, 1, -500], [0, 0, 0, 1.0]])
    voxels = np.zeros((200, 200, 4), np.uint8)
    like = write_volume(tmp_path / "like.nii.gz", voxels, codes=(0, 1), sform=affine)
    write_nifti(tmp_path / "made.nii.gz", voxels, read_header(like))
    made = read_header(tmp_path / "made.nii.gz")
    assert made.codes == (code, 1)
    np.testing.assert_allclose(made.affine, affine[:3], atol=1e-4)
