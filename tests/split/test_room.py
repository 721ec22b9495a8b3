"""A tile or patch that no image holds is named from the images' headers, before any job."""

from pathlib import Path

import pytest
from PIL import Image as Picture

from cytoforge.config.split import SplitConfig
from cytoforge.errors import UserError
from cytoforge.images.samples import Sample
from cytoforge.split.room import check_room

BY_IMAGE = SplitConfig()


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    """Four images, one of them narrower than the others."""
    made = []
    for name, width in (("a", 64), ("b", 64), ("c", 64), ("narrow", 40)):
        Picture.new("L", (width, 64)).save(tmp_path / f"{name}.png")
        made.append(Sample(name, {"path": str(tmp_path / f"{name}.png")}))
    return made


def refusal(samples: list[Sample], split: SplitConfig, tile: int, patch: int | None) -> str:
    with pytest.raises(UserError) as caught:
        check_room(samples, split, 1, {"datasets.t.tile_px": tile}, patch)
    return caught.value.found


def test_what_fits_is_accepted(samples):
    check_room(samples, BY_IMAGE, 1, {"datasets.t.tile_px": 32}, 40)
    check_room(samples[:3], BY_IMAGE, 1, {"datasets.t.tile_px": 64}, 64)


def test_each_image_must_hold_a_tile(samples):
    found = refusal(samples, BY_IMAGE, 48, None)
    assert "datasets.t.tile_px: 48 px do not fit into image narrow (64 × 40 px)" in found
    assert "image a" not in found


def test_patches_must_fit_into_a_test_image(samples):
    found = refusal(samples, BY_IMAGE, 32, 80)
    assert "metrics.patch_px: 80 px do not fit into any region of test (64 × " in found


def test_strips_are_narrower_than_images(samples):
    blocks = SplitConfig(by="blocks", block_px=16, guard_px=2)
    assert "do not fit into image a" in refusal(samples[:1], blocks, 48, None)
    assert "do not fit into any region of test (64 × 16 px)" in refusal(samples[:1], blocks, 16, 32)


def test_strips_for_which_an_image_is_too_small(samples):
    with pytest.raises(UserError, match="split of image a"):
        check_room(samples, SplitConfig(by="blocks", block_px=64), 1, {}, None)


def test_an_unreadable_header_hinders_nothing(samples, tmp_path):
    (tmp_path / "a.png").write_bytes(b"?")
    check_room(samples[:3], BY_IMAGE, 1, {"datasets.t.tile_px": 64}, 64)


def test_images_that_a_data_set_does_not_take_need_no_room(samples: list[Sample]) -> None:
    key, taken = "datasets.t.tile_px", {"a", "b", "c"}
    split = SplitConfig(fractions={"train": 0.5, "val": 0, "test": 0.5})
    assert "narrow" in refusal(samples, split, 64, None)
    for seed in range(9):  # whichever splits the others are in
        check_room(samples, split, seed, {key: 64}, None, {key: taken})
