"""The shipped images: the original pixels, losslessly compressed, with licence and origin."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import tifffile

from cytoforge.config.images import ImagesConfig
from cytoforge.images.convert import convert
from cytoforge.images.samples import read_samples

CHANNELS = ("dna", "actin", "ph3")
# sha256 of the pixels (rows, uint8) of the files in the cellprofiler 4.2.8.1 wheel.
ORIGINAL_PIXELS = {
    "pos002_dna": "b2b19c663e1fc2d2",
    "pos002_actin": "8abbe89ee9bb006f",
    "pos002_ph3": "23617556adaa4dcb",
    "pos076_dna": "ce466f09e6dab83b",
    "pos076_actin": "693638101f12393a",
    "pos076_ph3": "fed4685511bab829",
    "pos218_dna": "4dc779ced880fa9b",
    "pos218_actin": "4a6784542e97b501",
    "pos218_ph3": "94dcb4f6dc1254e1",
}


@pytest.mark.parametrize("name", ORIGINAL_PIXELS)
def test_pixels_are_the_originals(kc167_dir: Path, name: str) -> None:
    pixels = tifffile.imread(kc167_dir / f"{name}.tif")
    assert (pixels.shape, pixels.dtype) == ((1006, 1000), np.uint8)
    assert hashlib.sha256(pixels.tobytes()).hexdigest()[:16] == ORIGINAL_PIXELS[name]


def test_files_are_compressed(kc167_dir: Path) -> None:
    for file in kc167_dir.glob("*.tif"):
        with tifffile.TiffFile(file) as tiff:
            assert tiff.pages.first.compression == tifffile.COMPRESSION.ADOBE_DEFLATE
            assert tiff.pages.first.predictor == tifffile.PREDICTOR.HORIZONTAL
    assert sum(file.stat().st_size for file in kc167_dir.iterdir()) < 3_500_000


def test_licence_and_origin_lie_beside_them(kc167_dir: Path) -> None:
    assert "Broad Institute" in (kc167_dir / "LICENSE").read_text(encoding="utf-8")
    readme = (kc167_dir / "README.md").read_text(encoding="utf-8")
    assert "`cellprofiler` 4.2.8.1" in readme
    assert "BSD-3-Clause" in readme


def test_shipped_table_converts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    samples = read_samples("config/samples.tsv", CHANNELS)
    assert [sample.name for sample in samples] == ["pos002", "pos076", "pos218"]
    image = convert(samples[0], ImagesConfig(channels=CHANNELS))
    assert image.pixels.shape == (3, 1006, 1000)
    assert image.pixel_size_um is None
    assert all(scale.method == "percentile" for scale in image.ranges)


# sha256 of the pixels (rows, columns, red, green and blue, uint8).
STAINED_PIXELS = {"ihc_colon": "c5b3ef509a92f16d", "he_field": "f433839f2dcdd18d"}


@pytest.mark.parametrize("name", STAINED_PIXELS)
def test_pixels_of_both_stains_are_the_originals(root: Path, name: str) -> None:
    pixels = tifffile.imread(root / "resources" / "stains" / f"{name}.tif")
    assert hashlib.sha256(pixels.tobytes()).hexdigest()[:16] == STAINED_PIXELS[name]


def test_every_stained_tile_has_its_nuclei(root: Path) -> None:
    folder = root / "resources" / "histology"
    for tile in sorted(folder.glob("*.tif")):
        labels = tifffile.imread(folder / "labels" / tile.name)
        assert (labels.shape, labels.dtype) == ((256, 320), np.uint16)
        assert list(np.unique(labels)) == list(range(int(labels.max()) + 1))
