"""Reading volumes: places in space, slices as radiologists look at them, values of any type."""

import itertools
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.images.nifti_header import read_header
from cytoforge.images.read import read_raw, stack_planes
from cytoforge.images.volume_grid import grid_of, same_grid, slice_view
from tests.volumes.phantoms import affine_of, counted, write_volume

ORIENTATIONS = [
    "".join(sides)
    for order in itertools.permutations(("LR", "PA", "IS"))
    for sides in itertools.product(*order)
]


@pytest.mark.parametrize("axes", ORIENTATIONS)
def test_slices_are_those_of_the_canonical_volume(tmp_path: Path, axes: str):
    """Of all 48 orientations, against nibabel's, each tilted by 16.5 degrees."""
    path = write_volume(tmp_path / "a.nii", counted(), affine_of(axes, (1, 2, 3), tilt=True))
    canonical = np.asarray(nibabel.as_closest_canonical(nibabel.load(path)).dataobj)
    pixels = {axis: read_raw(str(path), plane={axis: 2}).pixels[0] for axis in "xyz"}
    # Front above and the patient's right on the left; head above; the front on the left.
    assert np.array_equal(pixels["z"], canonical[::-1, ::-1, 1].T)
    assert np.array_equal(pixels["y"], canonical[::-1, 1, ::-1].T)
    assert np.array_equal(pixels["x"], canonical[1, ::-1, ::-1].T)


def test_a_slice_is_a_view_so_it_can_be_written(tmp_path: Path):
    path = write_volume(tmp_path / "a.nii", counted(), affine_of("LIA"))
    volume = np.zeros((4, 5, 6))
    slice_view(volume, grid_of(path), "z", 1)[0, 0] = 7  # lowest slice, front, patient's right
    assert volume[0, 4, 5] == 7 and volume.sum() == 7


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("dtype", ["u1", "<i2", ">i2", "<i4", "<f4", ">f8", "<u2"])
def test_any_type_order_and_slope(tmp_path: Path, name: str, version: int, dtype: str):
    voxels = counted((3, 4, 5)).astype(dtype)
    path = write_volume(tmp_path / name, voxels, version=version)
    image = nibabel.load(path)
    assert read_header(path).dtype == np.dtype(dtype).newbyteorder("=").name
    assert np.allclose(read_header(path).affine, image.affine[:3])
    raw = read_raw(str(path), plane={"z": 3})
    assert raw.pixels.dtype == np.float32 and raw.pixel_size_um == (1000, 1000)
    assert np.array_equal(raw.pixels[0], voxels[::-1, ::-1, 2].T)


def test_a_slope_is_applied(tmp_path: Path):
    path = tmp_path / "a.nii.gz"
    image = nibabel.Nifti1Image(np.zeros((3, 4, 5)), np.eye(4))
    image.header.set_slope_inter(2, -1024)
    image.header.set_data_dtype(np.int16)
    image.set_data_dtype(np.int16)
    nibabel.save(image, path)
    stored = nibabel.load(path)
    assert np.allclose(read_raw(str(path), plane={"z": 1}).pixels[0], stored.get_fdata()[..., 0].T)


@pytest.mark.parametrize("codes", [(2, 0), (0, 2), (1, 2), (0, 0)])
def test_the_affine_is_nibabels(tmp_path: Path, codes: tuple[int, int]):
    path = write_volume(
        tmp_path / "a.nii", counted(), affine_of("LPI", (1, 2, 3), tilt=True), codes=codes
    )
    header = read_header(path)
    assert header.codes == codes
    if codes != (0, 0):  # where nibabel centres the volume, and we take the lengths alone
        assert np.allclose(header.affine, nibabel.load(path).affine[:3], atol=1e-5)


def test_pixels_that_are_not_square_have_no_size(tmp_path: Path):
    path = write_volume(tmp_path / "a.nii", counted(), affine_of("RAS", (0.8, 0.8, 2.4)))
    assert read_raw(str(path), plane={"z": 1}).pixel_size_um == pytest.approx((800, 800))
    assert read_raw(str(path), plane={"y": 1}).pixel_size_um is None


def test_grids_are_one_within_a_tenth_of_a_voxel(tmp_path: Path):
    grids = []
    for shift in (0, 0.05, 0.2):
        affine = affine_of()
        affine[0, 3] += shift
        grids.append(grid_of(write_volume(tmp_path / f"{shift}.nii", counted(), affine)))
    assert [same_grid(grids[0], other) for other in grids] == [True, True, False]


def four_axes(path: Path) -> Path:
    return write_volume(path, np.zeros((3, 4, 5, 2), np.int16))


def colours(path: Path) -> Path:
    rgb = np.zeros((3, 4, 5), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    return write_volume(path, rgb)


def cut_off(path: Path) -> Path:
    whole = write_volume(path, counted((20, 20, 20)))
    whole.write_bytes(whole.read_bytes()[:400])
    return whole


def no_nifti(path: Path) -> Path:
    import gzip

    path = path.with_suffix(".nii.gz")
    with gzip.open(path, "wb") as file:
        file.write(b"something else" * 100)
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (four_axes, "four or more: 3 × 4 × 5 × 2"),
        (colours, "colours, or complex numbers"),
        (cut_off, "damaged"),
        (no_nifti, "another header"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, make, said: str):
    path = make(tmp_path / "a.nii")
    with pytest.raises(UserError, match=said) as caught:
        read_raw(str(path), plane={"z": 5})
    assert caught.value.where == str(path) and caught.value.fix


def test_a_last_axis_of_one_is_no_fourth(tmp_path: Path):
    path = write_volume(tmp_path / "a.nii", counted()[..., None])
    assert read_raw(str(path), plane={"z": 6}).pixels.shape == (1, 5, 4)
    assert stack_planes(str(path)) == {"z": 6}


@pytest.mark.parametrize("plane", [{}, {"t": 1}, {"z": 7}, {"x": 1, "z": 1}])
def test_one_slice_is_asked_for(tmp_path: Path, plane: dict[str, int]):
    path = write_volume(tmp_path / "a.nii", counted())
    with pytest.raises(UserError, match=r"a volume of 4 × 5 × 6 voxels|6 slices along z"):
        read_raw(str(path), plane=plane)


def test_names_of_slices_cost_no_library():
    """A dry run reads headers, and waits neither for nibabel nor for NumPy."""
    code = "import sys, cytoforge.images.volume_grid; print({'nibabel', 'numpy'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
