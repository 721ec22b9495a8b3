"""`make new`: what a folder of images is taken for, and a config that loads."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
import yaml
from PIL import Image as PillowImage

from cytoforge.config.load import load_config
from cytoforge.errors import UserError
from cytoforge.images.samples import read_samples
from cytoforge.new.__main__ import new_project
from cytoforge.new.folder_files import channel_files, files_of
from cytoforge.new.guess import look_into
from cytoforge.new.modality import guess_modality


def picture(*colours, ground=(245, 245, 245)) -> np.ndarray:
    """Return uint8 (3, 60, 60): a ground with a square of 20 px of each colour."""
    pixels = np.empty((60, 60, 3), np.uint8)
    pixels[:] = ground
    for index, colour in enumerate(colours):
        pixels[20:40, 20 * index : 20 * index + 20] = colour
    return np.moveaxis(pixels, -1, 0)


def with_glare(pixels: np.ndarray) -> np.ndarray:
    """Return a picture with a few pixels so bright that its ground is dark beside them."""
    pixels[:, :2, :4] = 255
    return pixels


RGB = ("red", "green", "blue")


@pytest.mark.parametrize(
    ("pixels", "channels", "modality"),
    [
        (picture((90, 60, 150), (230, 130, 180)), RGB, "H&E"),
        (picture((110, 110, 170), (140, 90, 50)), RGB, "IHC"),
        (picture((30, 60, 250), ground=(5, 5, 5)), RGB, "fluorescence"),
        (picture((120,) * 3, (255,) * 3, ground=(180,) * 3)[:1], ("grey",), "phase contrast"),
        # A grey picture saved in colour, with a tint; pale stains on glass; halos of both signs.
        (picture((34, 25, 24), (194, 187, 182), ground=(113, 104, 103)), RGB, "phase contrast"),
        (picture((215, 190, 225), ground=(245, 245, 245)), RGB, "H&E"),
        (
            with_glare(picture((0,) * 3, (100,) * 3, ground=(50,) * 3)[:1]),
            ("grey",),
            "phase contrast",
        ),
        (picture((200,) * 3, ground=(9,) * 3)[:1], ("grey",), "fluorescence"),
        (picture((90, 60, 150))[:2], ("dna", "actin"), "fluorescence"),
    ],
)
def test_how_an_image_was_made(pixels, channels, modality):
    guess = guess_modality(pixels, channels)
    assert guess.modality == modality
    assert guess.why


@pytest.mark.parametrize(
    ("names", "images", "channels"),
    [
        (["01_P2_D", "01_P2_F", "01_P7_D", "01_P7_F"], ["01_P2", "01_P7"], ["D", "F"]),
        (["A01f00d0", "A01f00d1"], ["A01f00"], ["d0", "d1"]),
        (["well_t0", "well_t24"], None, None),
        (["a_D", "a_F", "b_D"], None, None),
        (["0", "1", "10"], None, None),
    ],
)
def test_channels_by_names(names, images, channels):
    found = channel_files([Path(f"{name}.tif") for name in names])
    assert (found and list(found)) == images
    assert not found or list(next(iter(found.values()))) == channels


def test_label_images_are_left_out_and_frames_are_in_order(tmp_path):
    for name in ("10.png", "2.png", "masks/2.png", "2_seg.png", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = files_of(tmp_path)
    assert [path.name for path in found.images] == ["2.png", "10.png"]
    assert len(found.labels) == 2
    assert found.others == {".txt": 1}


def test_a_folder_of_volumes_is_told_where_these_begin(tmp_path):
    for name in ("ct.nii.gz", "ct_labels.nii.gz"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(UserError, match=r"docs/volumes\.md.*adopt nnunet") as caught:
        look_into(str(tmp_path))
    assert caught.value.found == "2 files .nii.gz"


def test_what_is_written_can_be_read(tmp_path):
    rng = np.random.default_rng(0)
    for field in "ab":
        for channel in ("dna", "actin"):
            plane = rng.integers(0, 4000, (300, 900), np.uint16)
            tifffile.imwrite(tmp_path / f"{field}_{channel}.tif", plane)
    said = new_project(str(tmp_path), str(tmp_path / "project"))
    text = (tmp_path / "project/config.yaml").read_text()
    config = load_config(yaml.safe_load(text))
    assert config.images.channels == ("actin", "dna")
    assert "Taken for fluorescence: 2 channels, each a file (actin, dna)" in said
    assert "# Taken for fluorescence" in text
    samples = read_samples(tmp_path / "project/samples.tsv", config.images.channels)
    assert [sample.name for sample in samples] == ["a", "b"]
    with pytest.raises(UserError, match="choose another folder"):
        new_project(str(tmp_path), str(tmp_path / "project"))


def test_histology_begins_with_levels_of_nuclei_alone(tmp_path):
    tile = np.moveaxis(picture((90, 60, 150), (230, 130, 180)), 0, -1)
    for number in range(7):
        PillowImage.fromarray(tile).save(tmp_path / f"tile{number}.png")
    PillowImage.fromarray(tile[..., 0]).save(tmp_path / "other.png")
    new_project(str(tmp_path), str(tmp_path / "p"))
    text = (tmp_path / "p/config.yaml").read_text()
    config = load_config(yaml.safe_load(text))
    assert config.segmentations["cells"].method == "stain"
    assert config.split.by == "image"
    assert [level.name for level in config.references["labels"].levels][-2:] == [
        "nucleus", "nucleus_rim",
    ]  # fmt: skip
    assert "# Left out: other.png" in text


def test_frames_of_one_field_are_cut_into_the_same_strips(tmp_path):
    frame = picture((120,) * 3, (255,) * 3, ground=(180,) * 3)[0].repeat(10, axis=0)
    for hour in range(8):
        PillowImage.fromarray(frame).save(tmp_path / f"{hour}.png")
    new_project(str(tmp_path), str(tmp_path / "p"))
    config = load_config(yaml.safe_load((tmp_path / "p/config.yaml").read_text()))
    assert config.segmentations["cells"].method == "phase"
    assert config.split.by == "blocks"
    samples = read_samples(tmp_path / "p/samples.tsv", config.images.channels)
    assert {sample.source for sample in samples} == {"field"}


def test_a_folder_without_images_is_told_of(tmp_path):
    (tmp_path / "ct.nii.gz").touch()
    with pytest.raises(UserError, match=r"1 files \.nii\.gz"):
        new_project(str(tmp_path), str(tmp_path / "p"))
