"""Label volumes given as images are told by their values."""

from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.split.label_values import without_label_volumes


def slices(file: Path, low: float | None = None) -> Iterator[Image]:
    """Every eighth slice; `low` is what lies outside the body."""
    volume = np.asarray(nibabel.load(file).dataobj).astype(np.float32)
    for number in range(0, volume.shape[2], 8):
        plane = volume[:, :, number]
        plane = plane if low is None else np.maximum(plane, low)
        yield Image(f"v_{number}", plane[None], ("grey",), (ChannelRange(0, 1, "window"),))


def passed(images: Iterator[Image]) -> int:
    listed = list(images)
    return len(list(without_label_volumes(listed, {one.name: "v" for one in listed})))


@pytest.mark.parametrize("low", [None, -1000, -300])
def test_a_ct_is_an_image_also_without_its_air(root: Path, low: float | None):
    assert passed(slices(root / "resources/volumes/ct.nii.gz", low)) > 4


@pytest.mark.parametrize("name", ["ct_labels.nii.gz", "ct_labels_body.nii.gz"])
def test_organ_labels_are_none(root: Path, name: str):
    with pytest.raises(UserError, match=r"volume v[^$]*whole numbers up to 1\d\d"):
        passed(slices(root / "resources/volumes" / name))


def made(pixels: np.ndarray) -> Image:
    return Image("v", pixels[None].astype(np.float32), ("grey",), (ChannelRange(0, 1, "window"),))


def test_ids_up_to_530_and_a_mask_are_labels():
    blocks = np.random.default_rng(0).choice([0, 41, 502, 530], (16, 16)).repeat(8, 0).repeat(8, 1)
    for pixels in (blocks, blocks > 100):
        with pytest.raises(UserError, match="labels"):
            list(without_label_volumes([made(pixels)], {"v": "v"}))


def test_fractions_air_and_pictures_are_none():
    blocks = np.random.default_rng(0).choice([0, 41, 530], (16, 16)).repeat(8, 0).repeat(8, 1)
    assert len(list(without_label_volumes([made(blocks / 7)], {"v": "v"}))) == 1
    assert len(list(without_label_volumes([made(blocks * 0)], {"v": "v"}))) == 1
    assert len(list(without_label_volumes([made(blocks)], {}))) == 1
