"""Files as microscopes and scanners write them, where the extra test material is present."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from cytoforge.config.images import ImagesConfig
from cytoforge.images.convert import convert
from cytoforge.images.formats.nifti import read_slice
from cytoforge.images.image import Image
from cytoforge.images.ome import read_image, write_image
from cytoforge.images.read import read_raw
from cytoforge.images.samples import Sample
from cytoforge.images.volume_grid import grid_of


@pytest.fixture
def data(shared_data: Path) -> Path:
    return shared_data / "data"


def converted(file: Path, *channels: str) -> Image:
    return convert(Sample("a", {"path": str(file)}), ImagesConfig(channels=channels))


def test_whole_slide_image_at_full_resolution(data: Path, tmp_path: Path) -> None:
    image = converted(data / "cmu_small_region.svs", "red", "green", "blue")
    assert image.pixels.shape == (3, 2967, 2220)
    assert image.pixel_size_um == 0.499
    # Stained tissue: bright, and least in green, which haematoxylin and eosin both absorb.
    red, green, blue = image.pixels.mean((1, 2))
    assert green < blue < red
    assert np.array_equal(
        image.pixels, np.moveaxis(tifffile.imread(data / "cmu_small_region.svs"), -1, 0)
    )
    write_image(tmp_path / "a.ome.tif", image)
    assert read_image(tmp_path / "a.ome.tif").pixel_size_um == 0.499


def test_scratch_assay_photo(data: Path) -> None:
    image = converted(data / "wound_healing" / "DMSO_B5_t0.JPG", "green")
    assert image.pixels.shape == (1, 1536, 2304)
    assert image.pixel_size_um is None


def test_nuclei_images(data: Path) -> None:
    files = sorted((data / "dsb2018" / "images").glob("*.tif"))
    shapes = {len(read_raw(str(file)).pixels) for file in files}
    assert len(files) == 65
    assert shapes == {1, 3}


def test_packbits_channels_with_72_dpi(data: Path) -> None:
    folder = data / "human_ht29"
    stem = "AS_09125_050116030001_D03f00d"
    files = {name: str(folder / f"{stem}{n}.tif") for n, name in enumerate(("dna", "ph3", "cell"))}
    image = convert(Sample("a", files), ImagesConfig(channels=("dna", "ph3", "cell")))
    assert image.pixels.shape == (3, 512, 512)
    assert image.pixel_size_um is None


def test_shipped_images_are_the_wheels(data: Path, kc167_dir: Path) -> None:
    for field in ("002", "076", "218"):
        for letter, channel in zip("DFR", ("dna", "actin", "ph3"), strict=True):
            original = tifffile.imread(data / "kc167_fly" / f"01_POS{field}_{letter}.TIF")
            shipped = tifffile.imread(kc167_dir / f"pos{field}_{channel}.tif")
            assert np.array_equal(original, shipped)


def test_a_tilted_ct_keeps_its_tilt(data: Path) -> None:
    path = data / "nifti_odd/CT_pitch.nii.gz"
    grid = grid_of(path)
    assert [grid.file_axis(axis) for axis in "xyz"] == [(0, True), (1, True), (2, True)]
    tilt = np.degrees(np.arctan2(-grid.affine[2][1], grid.affine[1][1]))
    assert tilt == pytest.approx(16.5, abs=0.1)
    assert read_raw(str(path), plane={"z": 29}).pixels.shape == (1, 248, 175)


def test_label_volumes_keep_all_54_ids(data: Path) -> None:
    path = str(data / "brain_labels/training_seg_06_2mm.nii.gz")
    slices = (read_slice(path, {"z": n}, 400)[0] for n in range(1, 129))
    found = set().union(*(np.unique(labels).tolist() for labels in slices))
    assert (len(found), max(found)) == (54, 530)
