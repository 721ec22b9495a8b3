"""An image made from another one belongs to the split of that one: nothing leaks through a set."""

from pathlib import Path

import numpy as np

from cytoforge.config.split import SplitConfig
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import write_image
from cytoforge.images.set_manifest import write_manifest
from cytoforge.split.of_set import regions_of_set
from cytoforge.split.region import Region


def made_set(folder: Path, sources: dict[str, str]) -> Path:
    """Write a set of 40 × 60 px images, name → source."""
    pixels = np.zeros((1, 40, 60), np.uint8)
    rows = []
    for name, source in sources.items():
        image = Image(name, pixels, ("dna",), (ChannelRange(0, 255),))
        write_image(folder / f"fields/{name}.ome.tif", image)
        rows.append({"name": name, "image": f"fields/{name}.ome.tif", "source": source})
    write_manifest(folder, rows)
    return folder / "manifest.csv"


def test_samples_have_the_strips_of_the_image_behind_them(tmp_path: Path):
    real = (
        Region("a", "train", 0, 0, 40, 30, "a"),
        Region("a", "test", 0, 34, 40, 60, "a"),
        Region("b", "val", 0, 0, 40, 60, "b"),
    )
    manifest = made_set(tmp_path, {"a": "a", "a_s1": "a", "b": "b"})
    found = regions_of_set(manifest, "more_", real, SplitConfig(), seed=1)
    assert found == (
        Region("more_a", "train", 0, 0, 40, 30, "a"),
        Region("more_a", "test", 0, 34, 40, 60, "a"),
        Region("more_a_s1", "train", 0, 0, 40, 30, "a"),
        Region("more_a_s1", "test", 0, 34, 40, 60, "a"),
        Region("more_b", "val", 0, 0, 40, 60, "b"),
    )


def test_images_of_drawn_maps_are_divided_among_themselves(tmp_path: Path):
    names = [f"m{number}" for number in range(10)]
    manifest = made_set(tmp_path, {name: name for name in names})
    config = SplitConfig.model_validate(
        {"by": "well", "fractions": {"train": 0.6, "val": 0.2, "test": 0.2}}
    )
    found = regions_of_set(manifest, "", (), config, seed=1)
    assert sorted(region.image for region in found) == names
    splits = [region.split for region in found]
    assert (splits.count("train"), splits.count("val"), splits.count("test")) == (6, 2, 2)
    assert {(region.row1, region.col1) for region in found} == {(40, 60)}
