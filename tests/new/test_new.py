"""`make new`: what a folder of images is taken for, and a config that loads."""

import numpy as np
import pytest
import tifffile
import yaml
from PIL import Image as PillowImage
from scipy.ndimage import gaussian_filter

from cytoforge.config.load import load_config
from cytoforge.errors import UserError
from cytoforge.images.modality import guess_modality
from cytoforge.images.samples import read_samples
from cytoforge.new.__main__ import new_project
from cytoforge.new.folder_files import files_of
from cytoforge.new.guess import look_into
from cytoforge.new.label_images import are_labels


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


def test_label_images_are_left_out_and_frames_are_in_order(tmp_path):
    for name in ("10.png", "2.png", "masks/2.png", "2_seg.png", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = files_of(tmp_path)
    assert [path.name for path in found.images] == ["2.png", "10.png"]
    assert len(found.labels) == 2
    assert found.others == {".txt": 1}


def test_small_copies_and_broken_links_are_no_images(tmp_path):
    for name in ("a.tif", "a_thumb.tif", "b_thumb.tif"):
        (tmp_path / name).touch()
    (tmp_path / "gone.tif").symlink_to(tmp_path / "nowhere.tif")
    found = files_of(tmp_path)
    assert [path.name for path in found.images] == ["a.tif", "b_thumb.tif"]
    assert found.others == {"that are small copies of others": 1, "that are links to nothing": 1}


def discs(bright: int, size: int = 96) -> np.ndarray:
    """Return bool (Y, X): some discs of 20 px."""
    rows, cols = np.mgrid[:size, :size]
    centres = [(24, 24), (24, 70), (70, 30), (72, 74)][:bright]
    return sum(
        ((rows - r) ** 2 + (cols - c) ** 2 < 100) * (k + 1) for k, (r, c) in enumerate(centres)
    )


@pytest.mark.parametrize(
    ("pixels", "labels"),
    [
        (discs(4).astype(np.uint16), True),
        ((discs(4) > 0).astype(np.uint8) * 255, True),
        ((discs(4) > 0).astype(np.uint8), True),
        (discs(4).astype(np.float32), True),
        # A dim picture has noise; a picture out of focus goes from grey to grey.
        (np.random.default_rng(0).poisson(2 + 4 * (discs(4) > 0)).astype(np.uint8), False),
        ((40 * gaussian_filter((discs(4) > 0).astype(float), 12)).astype(np.uint8), False),
        (np.zeros((96, 96), np.uint8), False),
    ],
)
def test_label_images_are_told_by_their_pixels(pixels, labels):
    assert are_labels(pixels) is labels


def test_label_images_of_another_folder_are_no_pictures(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(3):
        ids = discs(4)
        for folder, pixels in (("x", rng.poisson(5 + 90 * (ids > 0))), ("y", ids)):
            (tmp_path / folder).mkdir(exist_ok=True)
            tifffile.imwrite(tmp_path / folder / f"{number}.tif", pixels.astype(np.uint8))
    found = look_into(tmp_path)
    assert [files["path"].parent.name for files in found.images.values()] == ["x"] * 3
    assert len(found.found.labels) == 3


def test_dark_colours_are_left_out(tmp_path):
    grey = np.random.default_rng(0).poisson(5 + 90 * (discs(4) > 0)).astype(np.uint8)
    picture_of_dna = np.dstack([np.zeros_like(grey)] * 2 + [grey])
    PillowImage.fromarray(picture_of_dna).save(tmp_path / "dapi.png")
    assert look_into(tmp_path).kind.channels == ("blue",)


def test_a_scale_bar_and_dark_corners_change_no_guess():
    rng = np.random.default_rng(0)
    nuclei = rng.poisson(5 + 60 * gaussian_filter((discs(4, 256) > 0).astype(float), 3))
    nuclei[230:245, 150:240] = 255
    assert guess_modality(nuclei[None].astype(np.uint8), ("grey",)).modality == "fluorescence"
    rows, cols = np.mgrid[-1:1:256j, -1:1:256j]
    lamp = np.exp(-0.8 * (rows**2 + cols**2))
    cells = rng.normal(150, 8, (256, 256)) + 90 * (discs(4, 256) > 0)
    assert guess_modality((cells * lamp)[None], ("grey",)).modality == "phase contrast"


def test_pages_of_rows_are_no_images(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((20, 64, 3), np.uint8), photometric="minisblack")
    with pytest.raises(UserError, match="20 pages of 64 × 3 px") as caught:
        look_into(tmp_path)
    assert "channels first" in caught.value.fix


def test_what_cannot_be_read_keeps_its_own_advice(tmp_path):
    PillowImage.new("CMYK", (64, 64)).save(tmp_path / "a.jpg")
    with pytest.raises(UserError, match="CMYK") as caught:
        look_into(tmp_path)
    assert "RGB" in caught.value.fix


def test_times_in_names_are_hours_of_a_series_and_no_channels(tmp_path):
    frame = picture((120,) * 3, (255,) * 3, ground=(180,) * 3)[0].repeat(10, axis=0)
    for well in ("A1", "A2"):
        for name in ("00d00h00m", "00d05h30m", "01d00h00m"):
            PillowImage.fromarray(frame).save(tmp_path / f"VID12_{well}_1_{name}.png")
    new_project(str(tmp_path), str(tmp_path / "p"))
    config = load_config(yaml.safe_load((tmp_path / "p/config.yaml").read_text()))
    assert (config.images.channels, config.segmentations["cells"].method) == (("grey",), "phase")
    samples = read_samples(tmp_path / "p/samples.tsv", config.images.channels)
    assert [one.source for one in samples[2:4]] == ["VID12_A1_1", "VID12_A2_1"]
    assert [one.columns["time_h"] for one in samples[:3]] == ["0", "5.5", "24"]


def test_images_of_another_kind_are_left_out_and_named(tmp_path):
    cells = picture((120,) * 3, (255,) * 3, ground=(180,) * 3)[:1]
    for number in range(3):
        tifffile.imwrite(tmp_path / f"phase{number}.tif", cells[0])
    dark = picture((200,) * 3, ground=(9,) * 3)[0].astype(np.uint16)
    tifffile.imwrite(tmp_path / "fluorescent.tif", dark * 16)
    found = look_into(tmp_path)
    assert len(found.images) == 3
    assert found.strange[tmp_path / "fluorescent.tif"].startswith("fluorescence, uint16")


@pytest.mark.parametrize(("wells", "by"), [(2, "blocks"), (7, "series")])
def test_frames_of_one_well_stay_together(tmp_path, wells, by):
    frame = picture((120,) * 3, (255,) * 3, ground=(180,) * 3)[0].repeat(10, axis=0)
    for well in range(wells):
        for time in range(2):
            PillowImage.fromarray(frame).save(tmp_path / f"w{well}_t{time}.png")
    new_project(str(tmp_path), str(tmp_path / "p"))
    config = load_config(yaml.safe_load((tmp_path / "p/config.yaml").read_text()))
    assert config.split.by == by
    samples = read_samples(tmp_path / "p/samples.tsv", config.images.channels)
    assert [sample.source for sample in samples[:3]] == ["w0", "w0", "w1"]


def test_numbered_images_of_several_sizes_are_no_series(tmp_path):
    frame = picture((120,) * 3, (255,) * 3, ground=(180,) * 3)[0]
    for number in range(3):
        PillowImage.fromarray(frame[: 40 + number]).save(tmp_path / f"{number}.png")
    assert look_into(tmp_path).fields is None


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


@pytest.mark.parametrize(("brighter", "channel"), [(60, None), (-60, "inverted")])
def test_cells_in_dark_halos_are_inverted(tmp_path, brighter, channel):
    """Ellipses of 40 × 64 px on a noisy ground, in rings of 5 px and more."""
    rows, cols = np.mgrid[:400, :400]
    away = np.hypot(rows % 100 - 50, (cols % 100 - 50) / 1.6) - 20
    pixels = np.random.default_rng(0).normal(128, 3, away.shape)
    pixels += brighter * ((away > 0) & (away <= 5)) - brighter / 2 * (away <= 0)
    PillowImage.fromarray(pixels.astype(np.uint8)).save(tmp_path / "cells.png")
    said = new_project(str(tmp_path), str(tmp_path / "p"))
    config = load_config(yaml.safe_load((tmp_path / "p/config.yaml").read_text()))
    assert config.segmentations["cells"].method == "phase"
    assert config.segmentations["cells"].cytoplasm_channel == channel
    assert ("inverted, then" in said) is (channel is not None)


def test_a_folder_without_images_is_told_of(tmp_path):
    (tmp_path / "ct.nii.gz").touch()
    with pytest.raises(UserError, match=r"1 files \.nii\.gz"):
        new_project(str(tmp_path), str(tmp_path / "p"))


def test_a_file_that_a_table_cannot_name_is_left_out_and_named(tmp_path):
    names = ["a.png", "a{b}.png", "t\tb.png", "q'u\"o.png", "s*r.png"]
    for name in names:
        PillowImage.fromarray(np.moveaxis(picture((90, 60, 140)), 0, -1)).save(tmp_path / name)
    found = look_into(tmp_path)
    assert {path.name: why for path, why in found.strange.items()} == {
        "a{b}.png": f"'{tmp_path}/a{{b}}.png' has the characters {{ }}; rename it",
        "t\tb.png": "has a tab or a line break in its path; rename it",
    }
    new_project(str(tmp_path), str(tmp_path / "my"))
    samples = read_samples(tmp_path / "my/samples.tsv", RGB)
    assert [one.name for one in samples] == ["a", "q_u_o", "s_r"]


def test_a_folder_that_cannot_be_read_is_no_traceback():
    with pytest.raises(UserError, match="has a name of 300 characters, too long"):
        look_into("x" * 300)
