"""NRRD, MetaImage and DICOM: the same voxels in the same place, and what is refused."""

import json
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.images import any_volume
from cytoforge.images.any_volume import (
    files_of,
    is_any_volume,
    nifti_of,
    read_any_header,
    read_any_voxels,
    refuse_doubts,
)
from cytoforge.images.nifti_header import read_header
from cytoforge.images.samples import read_samples
from cytoforge.images.volume_door import at_the_door, check_packages
from cytoforge.volumes.as_nifti import write_as_nifti
from tests.volumes.other_formats import place_of, write_implicit, write_itk, write_series
from tests.volumes.phantoms import counted

VOXELS = counted((6, 5, 4)) - 50
ENDINGS = (".mha", ".mhd", ".nrrd", ".nhdr")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_volume_as_itk_writes_it_as_nifti(ending: str, compressed: bool):
    """ITK's own NIfTI has the affine in NIfTI's coordinates."""
    path = write_itk(Path(f"raw/a{ending}"), VOXELS, compressed=compressed)
    expected = nibabel.load(write_itk(Path("a.nii.gz"), VOXELS))
    target = Path("made.nii.gz")
    write_as_nifti(str(path), target, Path("made.json"))
    found = nibabel.load(target)
    assert found.get_data_dtype() == np.int16
    np.testing.assert_array_equal(np.asarray(found.dataobj), VOXELS)
    np.testing.assert_allclose(found.affine, expected.affine, atol=1e-5)
    np.testing.assert_allclose(found.header.get_qform(), expected.affine, atol=1e-5)
    assert is_any_volume(path) and read_any_header(path).shape == VOXELS.shape


@pytest.mark.parametrize("ending", [".mha", ".nrrd"])
def test_labels_keep_their_numbers(ending: str):
    labels = np.zeros((4, 4, 4), np.int32)
    labels[1, 2, 3], labels[2, 2, 2] = 530, 70_000
    path = write_itk(Path(f"a{ending}"), labels)
    np.testing.assert_array_equal(read_any_voxels(path), labels)
    assert read_any_header(path).dtype == "int32"


@pytest.mark.parametrize("ending", [".mhd", ".nhdr"])
def test_a_header_and_its_voxels_are_one_volume(ending: str):
    path = write_itk(Path(f"raw/a{ending}"), VOXELS)
    assert sorted(files_of(str(path))) == sorted([str(path), "raw/a.raw"])
    Path("raw/a.raw").rename("raw/b.raw")
    with pytest.raises(UserError, match=r"its voxels in raw/a\.raw"):
        read_any_header(path)


@pytest.mark.parametrize("name", ["/etc/passwd", "../other.raw"])
def test_voxels_elsewhere_are_not_read(name: str):
    path = write_itk(Path("raw/a.nhdr"), VOXELS)
    path.write_text(path.read_text().replace("data file: a.raw", f"data file: {name}"))
    with pytest.raises(UserError, match="in the folder of their header"):
        read_any_header(path)


@pytest.mark.parametrize(
    ("space", "signs"), [("right", (-1, -1, 1)), ("left-anterior", (1, -1, 1))]
)
def test_left_and_right_are_what_the_space_says(space: str, signs: tuple[int, ...]):
    """The numbers of a file in other coordinates mean another place."""
    path = write_itk(Path("a.nhdr"), VOXELS)
    lps = np.array(read_any_header(path).affine)
    text = path.read_text()
    words = {"right": "right-anterior-superior", "left-anterior": "left-anterior-superior"}
    path.write_text(text.replace("left-posterior-superior", words[space]))
    other = np.array(read_any_header(path).affine)
    np.testing.assert_allclose(other, np.array(signs)[:, None] * lps)
    read_any_voxels(path)  # SimpleITK understands the same


def test_colours_and_four_axes_are_refused():
    import SimpleITK as itk

    colours = itk.GetImageFromArray(np.zeros((2, 3, 4, 3), np.uint8), isVector=True)
    for ending in (".mha", ".nrrd"):
        itk.WriteImage(colours, f"a{ending}")
        with pytest.raises(UserError, match="colours"):
            read_any_header(f"a{ending}")
    times = itk.GetImageFromArray(np.zeros((5, 2, 3, 4), np.uint8), isVector=False)
    itk.WriteImage(times, "b.mha")
    with pytest.raises(UserError, match="four or more: 4 × 3 × 2 × 5"):
        read_any_header("b.mha")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_damaged_header_is_told(ending: str):
    Path(f"a{ending}").write_text("not a header")
    with pytest.raises(UserError, match="a header as its format has it"):
        read_any_header(f"a{ending}")


def test_a_file_that_ends_early_is_told():
    path = write_itk(Path("a.mha"), VOXELS)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(UserError, match="voxels as its header says"):
        read_any_voxels(path)


@pytest.mark.parametrize("write", [write_series, write_implicit])
def test_slices_are_ordered_by_their_places(write: Any):
    """As ITK's volume of the same grid; the names of the files run the other way."""
    folder = write(Path("raw/ct"), VOXELS)
    expected = nibabel.load(write_itk(Path("a.nii.gz"), VOXELS))
    header = read_any_header(folder)
    np.testing.assert_allclose(header.affine, expected.affine[:3], atol=1e-4)
    found = read_any_voxels(folder)
    np.testing.assert_array_equal(found, VOXELS)
    assert found.dtype == np.int16 and len(files_of(str(folder))) == 4


def test_each_slice_has_its_own_slope_and_intercept():
    """As in PET; the first one's type would cut the fractions of the others."""
    slopes = np.array([2, 1.25, 1.5, 1.75])
    texts = {n: {0x00281053: str(slope), 0x00281052: "-100"} for n, slope in enumerate(slopes)}
    found = read_any_voxels(write_series(Path("pet"), VOXELS, texts))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, VOXELS * slopes - 100, atol=1e-4)


def shifted(number: int, x: float, along: float = 0.0) -> dict[int, str]:
    place = place_of(number) + along * (place_of(1) - place_of(0)) + (x, 0, 0)
    return {0x00200032: "\\".join(f"{v:.6f}" for v in place)}


@pytest.mark.parametrize(
    ("of_slice", "found"),
    [
        ({1: {0x0020000E: "1.7"}}, "2 series: 3 files such as im96; 1 files such as im98"),
        ({1: {0x00200037: "0\\1\\0\\0\\0\\-1"}}, "several orientations: im98 is turned"),
        ({2: shifted(2, 0.5)}, "slices shifted sideways between im98 and im97"),
        ({3: shifted(3, 0, -1)}, "two slices at one place, im96 and im97"),
        ({2: {0x00280030: "0.9\\0.8"}}, "several pixel lengths: 0.9000 mm × 0.7000 mm in im96"),
        ({0: {0x00020010: "1.2.840.10008.1.2.4.91"}}, "1 files with compressed pixels, im99"),
        ({2: {0x00280008: "12"}}, "12 frames in im97"),
    ],
)
def test_what_is_no_single_stack_is_refused_by_file(of_slice: Any, found: str):
    folder = write_series(Path("ct"), VOXELS, of_slice)
    with pytest.raises(UserError) as caught:
        read_any_header(folder)
    assert found in caught.value.found and caught.value.where == "ct"


@pytest.mark.parametrize(
    ("along", "found"),
    [
        (0.4, "uneven slices: 3.500 mm between im97 and im96, else 2.500 mm"),
        (2, "2 slices missing between im97 and im96"),
    ],
)
def test_uneven_slices_are_refused_unless_accepted(along: float, found: str):
    folder = write_series(Path("ct"), VOXELS, {3: shifted(3, 0, along)})
    with pytest.raises(UserError) as caught:
        refuse_doubts(folder)
    assert caught.value.found == found
    assert "images.volumes.accept: [uneven_slices]" in caught.value.fix
    refuse_doubts(folder, ["uneven_slices"])


def test_an_even_stack_has_the_nearest_slices():
    """Places at 0, 2.5, 5 and 12.5 mm: a stack of six, 2.5 mm apart."""
    write_series(Path("ct"), VOXELS, {3: shifted(3, 0, 2)})
    target = Path("made.nii.gz")
    write_as_nifti("ct", target, Path("made.json"))
    found = nibabel.load(target)
    even = nibabel.load(write_itk(Path("a.nii.gz"), VOXELS))
    np.testing.assert_allclose(found.affine, even.affine, atol=1e-4)
    # At 7.5 mm the third is nearest; at 10 mm the last, exactly as far as the third from 8.75.
    np.testing.assert_array_equal(np.asarray(found.dataobj), VOXELS[:, :, [0, 1, 2, 2, 3, 3]])
    assert json.loads(Path("made.json").read_text())["accepted"].keys() == {"uneven_slices"}


@pytest.mark.parametrize("compressor", ["JPEG", "JPEG2000"])
def test_lossless_compression_is_refused_unless_accepted(compressor: str):
    voxels = counted((24, 20, 2)) - 50
    folder = write_implicit(Path("ct"), voxels, compressor)
    with pytest.raises(UserError, match="compressed pixels") as caught:
        refuse_doubts(folder)
    assert "images.volumes.accept: [compressed]" in caught.value.fix
    refuse_doubts(folder, ["compressed"])
    np.testing.assert_array_equal(read_any_voxels(folder), voxels)


def test_slices_of_two_sizes_are_refused():
    folder = write_series(Path("ct"), VOXELS)
    other = write_series(Path("other"), counted((7, 5, 1)))
    (other / "im99").rename(folder / "im10")
    with pytest.raises(UserError, match="several sizes: 5 × 7 px in im10; 5 × 6 px in im96"):
        read_any_header(folder)


def test_what_is_no_slice_is_named():
    folder = write_series(Path("ct"), VOXELS)
    (folder / "report").write_bytes(bytes(128) + b"DICM" + (folder / "im99").read_bytes()[132:200])
    with pytest.raises(UserError, match=r"a DICOM slice with the tag \(0028,0010\)"):
        read_any_header(folder)


def test_one_file_of_a_series_is_no_volume():
    folder = write_implicit(Path("ct"), VOXELS)
    with pytest.raises(UserError, match="name the folder that holds its whole series"):
        read_any_header(folder / "im97.dcm")


def table(*lines: str) -> Any:
    Path("samples.tsv").write_text("\n".join(["image\tpath\tlabels", *lines]) + "\n")
    samples = read_samples("samples.tsv", ("grey",))
    return {one.name: one for one in samples}


def test_a_table_may_name_them_all():
    write_series(Path("raw/ct"), VOXELS)
    write_itk(Path("raw/mr.mha"), VOXELS)
    Path("raw/none").mkdir()
    samples = table("a\traw/ct\traw/mr.mha", "b\traw/mr.mha\tlabels.tif")
    assert next(iter(samples)).startswith("a_z") and len(samples) == 2 * 4
    found, sources = at_the_door(samples, ["labels"])
    assert set(sources.values()) == {"raw/ct", "raw/mr.mha"}
    one = next(iter(found.values()))
    assert one.files["path"] == nifti_of("raw/ct") and one.files["path"].endswith("/ct.nii.gz")
    assert one.columns["labels"] == nifti_of("raw/mr.mha")
    with pytest.raises(UserError, match="raw/none is a folder"):
        table("a\traw/none\t")


def test_without_the_package_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch):
    path = str(write_itk(Path("a.mha"), VOXELS))
    monkeypatch.setattr(any_volume, "find_spec", lambda name: None)
    for ask in (lambda: check_packages({"x": path}, False), lambda: read_any_voxels(path)):
        with pytest.raises(UserError, match="pip install SimpleITK"):
            ask()
    check_packages({"x": path}, True)  # `--sdm conda` brings it
    check_packages({"x": "a.nii"}, False)
    assert read_any_header(path).shape == VOXELS.shape  # headers need none


def test_nifti_stays_where_it_is():
    write_itk(Path("a.nii.gz"), VOXELS)
    assert nifti_of("a.nii.gz") == "a.nii.gz"
    assert read_any_header("a.nii.gz") == read_header("a.nii.gz")
