"""Volumes in the table: names of their slices, and what is refused before any job."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cytoforge.config.images import ImagesConfig
from cytoforge.config.split import SplitConfig
from cytoforge.errors import UserError
from cytoforge.images.convert import convert
from cytoforge.images.image import ChannelRange
from cytoforge.images.normalise import GREY_WINDOW
from cytoforge.images.samples import Sample, read_samples
from cytoforge.images.volume_checks import check_volumes, images_config, volumes_of
from cytoforge.images.volume_door import maps_at_the_door
from cytoforge.images.volume_facts import VolumeFacts
from cytoforge.images.volume_grid import grid_of
from cytoforge.split.slices import divide_slices
from cytoforge.volumes.measure import measure_volume
from tests.volumes.phantoms import affine_of, counted, write_volume


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def table(*lines: str, plane: str = "axial") -> tuple[Sample, ...]:
    Path("samples.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_samples("samples.tsv", ("grey",), of_volumes=plane)


def names(*lines: str, plane: str = "axial") -> list[str]:
    return [sample.name for sample in table(*lines, plane=plane)]


def settings(**volumes: Any) -> ImagesConfig:
    scaling = volumes.pop("scaling", {"method": "window", "window": "ct"})
    return ImagesConfig.model_validate({"normalisation": scaling, "volumes": volumes})


@pytest.mark.parametrize(
    ("cell", "plane", "expected"),
    [
        ("", "axial", [f"v_z0{n}" for n in range(1, 7)]),
        ("", "coronal", [f"v_y0{n}" for n in range(1, 6)]),
        ("sagittal", "axial", [f"v_x0{n}" for n in range(1, 5)]),
        ("all", "axial", [f"v_z0{n}" for n in range(1, 7)]),
        ("z=2", "coronal", ["v_z01", "v_z02"]),
        ("z=2-6/2", "axial", ["v_z02", "v_z04", "v_z06"]),
    ],
)
def test_a_volume_makes_an_image_of_each_slice(cell: str, plane: str, expected: list[str]):
    write_volume(Path("v.nii.gz"), counted())
    lines = ("image\tpath\tplanes", f"v\tv.nii.gz\t{cell}")
    assert names(*lines, plane=plane) == expected
    assert {one.stack for one in table(*lines)} == {one.columns["volume"] for one in table(*lines)}


def test_more_than_99_slices_have_three_digits():
    write_volume(Path("v.nii"), np.zeros((2, 2, 112), np.int16))
    assert names("image\tpath", "v\tv.nii")[11] == "v_z012"


@pytest.mark.parametrize("cell", ["z=7", "z=4-2", "t=3", "axail", "z=0"])
def test_a_wrong_cell_is_told(cell: str):
    write_volume(Path("v.nii.gz"), counted())
    with pytest.raises(UserError, match="planes"):
        table("image\tpath\tplanes", f"v\tv.nii.gz\t{cell}")


def test_a_volume_of_four_axes_is_told_before_any_job():
    write_volume(Path("v.nii.gz"), np.zeros((3, 4, 5, 2), np.int16))
    with pytest.raises(UserError, match="found four or more: 3 × 4 × 5 × 2; save one volume"):
        table("image\tpath", "v\tv.nii.gz")


def volume(**changes: Any) -> tuple[Sample, ...]:
    voxels = changes.pop("voxels", counted())
    write_volume(Path("v.nii.gz"), voxels, changes.pop("affine", None), **changes)
    return table("image\tpath\tlabels", "v\tv.nii.gz\tlabels.nii.gz")


def labels(shape: tuple[int, int, int] = (4, 5, 6), shift: float = 0.0) -> None:
    affine = affine_of()
    affine[0, 3] += shift
    write_volume(Path("labels.nii.gz"), np.zeros(shape, np.uint8), affine)


def refused(samples: tuple[Sample, ...], config: ImagesConfig) -> str:
    with pytest.raises(UserError) as caught:
        check_volumes(samples, config, ["labels"])
    return caught.value.found


def test_a_good_volume_is_let_in():
    labels()
    check_volumes(volume(), settings(), ["labels"])
    assert list(volumes_of(volume())) == ["v"]


@pytest.mark.parametrize(
    ("changes", "accept", "said"),
    [
        ({"codes": (0, 0)}, "no_affine", "says no place in space"),
        (
            {"sform": affine_of("RAS", (1.1, 1, 1))},
            "forms",
            "sform and qform disagree, by 0.3 voxels",
        ),
        ({"voxels": counted(dtype=np.uint8)}, "eight_bit", "without Hounsfield units"),
    ],
)
def test_odd_files_are_refused_or_accepted_by_name(changes: Any, accept: str, said: str):
    samples = volume(**changes)
    write_volume(Path("labels.nii.gz"), np.zeros((4, 5, 6), np.uint8), like_file("v.nii.gz"))
    found = refused(samples, settings())
    assert said in found and f"images.volumes.accept: [{accept}]" in found and "v.nii.gz" in found
    check_volumes(samples, settings(accept=[accept]), ["labels"])


def like_file(path: str) -> np.ndarray:
    from cytoforge.images.nifti_header import read_header

    return np.array([*read_header(path).affine, (0, 0, 0, 1)])


def test_eight_bits_are_an_image_where_no_hounsfield_units_are_asked_for():
    labels()
    scaling = {"method": "body", "low": 0.5, "high": 99.5}
    check_volumes(volume(voxels=counted(dtype=np.uint8)), settings(scaling=scaling), ["labels"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"codes": (0, 0)}, "labels.nii.gz: says no place in space"),
        ({"sform": affine_of("LAS")}, "labels.nii.gz: sform and qform disagree, by 6 voxels"),
    ],
)
def test_labels_too_say_where_they_lie(changes: Any, said: str):
    found = volume()
    write_volume(Path("labels.nii.gz"), np.zeros((4, 5, 6), np.uint8), **changes)
    assert said in refused(found, settings(accept=["label_grid"]))
    with pytest.raises(UserError, match="a label volume that says where it lies"):
        maps_at_the_door(["labels.nii.gz"])


def test_voxels_are_as_long_as_the_affine_in_use_says():
    write_volume(Path("v.nii.gz"), counted(), codes=(0, 1), sform=affine_of("RAS", (2, 2, 3)))
    assert grid_of("v.nii.gz").zooms_um == (2000, 2000, 3000)


def test_a_window_of_eight_bits_is_of_grey_values(tmp_path: Path):
    config = settings(accept=["eight_bit"], scaling={"method": "window", "window": [0, 255]})
    air, body = np.zeros((40, 40, 8), np.uint8), np.s_[10:30, 10:30]
    air[body] = 200
    one = volume(voxels=air)[0]
    assert convert(one, config).ranges[0].method == GREY_WINDOW
    measure_volume({"path": "v.nii.gz"}, None, config, "z", None, tmp_path)
    facts = json.loads((tmp_path / "body.json").read_text())
    assert 0 < facts["threshold"] < 200 and facts["share"] < 0.3


def test_labels_on_another_grid_are_refused():
    labels(shift=2.0)
    assert "lies elsewhere in space than its image v.nii.gz" in refused(volume(), settings())
    check_volumes(volume(), settings(accept=["label_grid"]), ["labels"])
    labels((4, 5, 7))
    found = refused(volume(), settings(accept=["label_grid"]))
    assert "4 × 5 × 7 voxels, its image v.nii.gz 4 × 5 × 6" in found


def test_an_image_is_not_its_own_labels():
    write_volume(Path("v.nii.gz"), counted())
    samples = table("image\tpath\tlabels", "v\tv.nii.gz\t./v.nii.gz")
    assert "the image and its labels (column `labels`) are one file" in refused(samples, settings())


def test_a_row_may_have_a_window_of_its_own():
    write_volume(Path("v.nii"), counted())
    (one, *_) = table("image\tpath\twindow", "v\tv.nii\t-100, 300")
    assert images_config(one, settings()).normalisation.bounds == (-100, 300)
    (one, *_) = table("image\tpath\twindow", "v\tv.nii\tlungs")
    with pytest.raises(UserError, match="did you mean `lung`"):
        images_config(one, settings())


def test_hounsfield_units_stay_and_the_window_is_written_down():
    """No slice is scaled by its own values, and one of air alone is an image too."""
    voxels = np.full((16, 16, 2), -1000, np.int16)
    voxels[3, 4, 1] = 1234
    write_volume(Path("v.nii.gz"), voxels)
    for sample in table("image\tpath", "v\tv.nii.gz"):
        image = convert(sample, settings())
        assert image.ranges == (ChannelRange(-1000, 1000, "window"),)
        assert image.pixels.dtype == np.float32
    assert image.pixels.max() == 1234


def test_what_lies_outside_the_body_becomes_0():
    write_volume(Path("v.nii.gz"), counted())
    sample = table("image\tpath", "v\tv.nii.gz")[0]
    body = np.zeros((5, 4), bool)
    body[0, 0] = True
    facts = VolumeFacts({"grey": ChannelRange(3, 90, "body")}, body)
    image = convert(sample, settings(scaling={"method": "body"}), of_volume=facts)
    assert image.ranges == (ChannelRange(3, 90, "body"),)
    assert image.pixels[0, 0, 0] == counted()[3, 4, 0]  # front, the patient's right
    assert (image.pixels[0][~body] == 3).all()


def test_percentiles_of_the_body_go_with_slices_that_are_divided():
    write_volume(Path("v.nii.gz"), counted())
    samples = table("image\tpath", "v\tv.nii.gz")
    split = SplitConfig.model_validate({"by": "slices", "guard_slices": 0, "slice_rounds": 1})
    divided = divide_slices(samples, split, 1, [])
    check_volumes(divided, settings(scaling={"method": "body", "low": 0.5, "high": 99.5}))
