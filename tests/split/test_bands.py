"""The pixels that training may learn from, where images are cut into strips."""

import numpy as np
import pytest

from cytoforge.config.images import ImagesConfig
from cytoforge.config.split import SplitConfig, SplitFractions
from cytoforge.images.convert import convert
from cytoforge.images.normalise import to_unit
from cytoforge.images.samples import Sample
from cytoforge.split.bands import BlockSplit, cut_images
from cytoforge.split.membership import images_in_split
from cytoforge.split.regions import SplitSource, split_regions

CONFIG = SplitConfig(by="blocks", guard_px=10, block_px=16)
SHAPE = (40, 200)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shape", [SHAPE, SHAPE[::-1]])
@pytest.mark.parametrize("val", [0.0, 0.15])
def test_bands_are_the_strips_and_half_of_the_guards(seed, shape, val):
    shares = SplitFractions(train=0.75 - val, val=val, test=0.25)
    config = CONFIG.model_copy(update={"fractions": shares})
    bands = BlockSplit(config, seed, "a").bands(shape)
    covered = np.zeros(shape, int)
    for box in bands:
        covered[box] += 1
    assert (covered == 1).all()
    regions = split_regions([SplitSource("a", *shape)], config, seed)
    for (rows, cols), region in zip(bands, regions, strict=True):  # both train, val, test
        assert rows.start <= region.row0
        assert region.row1 <= rows.stop
        assert cols.start <= region.col0
        assert region.col1 <= cols.stop
    assert all(abs(before - after) <= 1 for before, after in halves_of_guards(bands, regions))


def halves_of_guards(bands, regions):
    """What the bands on both sides of each guard have of it, in px."""
    along = int(len({region.row0 for region in regions}) == 1)
    ends = sorted((band[along].start, band[along].stop) for band in bands)
    strips = sorted([(r.row0, r.row1), (r.col0, r.col1)][along] for r in regions)
    cuts = [stop for _, stop in ends[:-1]]
    sides = zip(cuts, strips[:-1], strips[1:], strict=True)
    return [(cut - before[1], after[0] - cut) for cut, before, after in sides]


def test_planes_of_a_stack_share_their_training_box():
    box = BlockSplit(CONFIG, 1, "stack").training_box(SHAPE)
    region = split_regions([SplitSource("z0", *SHAPE, {"image": "stack"})], CONFIG, 1)[0]
    assert box == (slice(region.row0, region.row1), slice(region.col0, region.col1))


def test_a_column_split_overrules_strips():
    plain, named = Sample("a", {}), Sample("a", {}, split="test")
    assert cut_images([plain], CONFIG) == {"a"}
    assert not cut_images([named], CONFIG)
    assert not cut_images([plain], SplitConfig())


def test_a_column_split_cuts_one_image_alone():
    alone, whole = Sample("slide", {}, split="blocks"), Sample("b", {})
    assert cut_images([alone, whole], SplitConfig()) == {"slide"}


def test_twice_the_brightness_of_the_test_strip_changes_no_training_pixel(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    pixels = np.random.default_rng(0).integers(50, 100, SHAPE).astype(np.uint16)
    cut = BlockSplit(CONFIG, 1, "a")
    train, test = cut.bands(SHAPE)[0], cut.bands(SHAPE)[-1]
    brighter = pixels.copy()
    brighter[test] *= 2
    units = []
    for name, array in (("plain", pixels), ("brighter", brighter)):
        tifffile.imwrite(tmp_path / f"{name}.tif", array)
        sample = Sample("a", {"path": str(tmp_path / f"{name}.tif")})
        units.append(to_unit(convert(sample, ImagesConfig(channels=("grey",)), cut.training_box)))
    assert np.array_equal(units[0][:, *train], units[1][:, *train])
    assert not np.array_equal(units[0][:, *test], units[1][:, *test])


def test_frames_of_a_field_in_files_of_their_own_share_strips_and_split():
    frames = [
        Sample(f"hour{k}", {"path": f"{k}.tif"}, {"series": f"well{k // 4}"}) for k in range(12)
    ]
    assert {frame.source for frame in frames} == {"well0", "well1", "well2"}
    found = images_in_split(frames, SplitConfig(by="image"), 1)
    assert sorted(map(len, found.values())) == [4, 4, 4]
