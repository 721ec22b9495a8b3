"""Two images added: nothing wraps around, channels keep their names, true places stay known."""

import csv
from pathlib import Path

import numpy as np
import pytest

from cytoforge.config.images import NormalisationConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import read_image, read_provenance, write_image
from cytoforge.images.set_manifest import read_manifest, write_manifest
from cytoforge.spots.positions import Spots
from cytoforge.spots.spot_file import read_spots, write_spots
from cytoforge.spots.sums import SumRequest, add_images, make_sum_set, rows_of

RANGE = (ChannelRange(0, 200),)


def cells(values, dtype=np.uint8) -> Image:
    return Image("a", np.array([values], dtype), ("actin",), RANGE, 0.5)


def spots(values, dtype=np.uint16) -> Image:
    return Image("a", np.array([values], dtype), ("spots",), RANGE, 0.5)


def test_a_sum_stays_within_the_type_of_the_first():
    total, clipped = add_images(cells([[10, 200, 250]]), spots([[5, 55, 300]]), {"spots": "actin"})
    assert total.pixels.dtype == np.uint8
    assert total.pixels[0].tolist() == [[15, 255, 255]]
    assert clipped == pytest.approx(1 / 3)


def test_a_pedestal_is_counted_once():
    total, _ = add_images(
        cells([[10, 20, 3]]), spots([[100, 130, 95]]), {"spots": "actin"}, pedestal=100
    )
    assert total.pixels[0].tolist() == [[10, 50, 0]]


def test_other_channels_stand_beside_in_a_type_that_holds_both():
    total, clipped = add_images(cells([[10, 250]]), spots([[1000, 3]]), {})
    assert total.channels == ("actin", "spots") and len(total.ranges) == 2
    assert total.pixels.tolist() == [[[10, 250]], [[1000, 3]]]
    assert total.pixels.dtype == np.uint16 and clipped == 0


def test_images_of_floats_are_added_as_they_are():
    total, _ = add_images(cells([[0.25]], np.float32), cells([[2.5]], np.float32), {})
    assert total.pixels.tolist() == [[[2.75]]]


def test_two_sizes_are_refused():
    with pytest.raises(UserError, match="1 × 1 px and 1 × 2 px"):
        add_images(cells([[1]]), spots([[1, 2]]), {})


def test_a_channel_that_is_not_there_is_named():
    with pytest.raises(UserError, match=r"a channel of a .actin."):
        add_images(cells([[1]]), spots([[1]]), {"spots": "dna"})


def part(folder: Path, image: Image, name: str, **further: str) -> Path:
    """Write a set of one image."""
    write_image(folder / f"fields/{name}.ome.tif", image)
    row = {"name": name, "image": f"fields/{name}.ome.tif", "source": "", "image_sha256": "abc"}
    write_manifest(folder, [{**row, **further}])
    return folder / "manifest.csv"


@pytest.fixture
def summed(tmp_path: Path) -> Path:
    """The sum of a second sample of a map's image, and of the spots of that map."""
    first = part(tmp_path / "cells_made", cells([[10, 20]]), "m_s1", map="m", seed="11")
    where = Spots(*np.array([[1.25], [0.5], [0.0], [300.0]]), np.array([4]))
    write_spots(tmp_path / "spots/fields/m_spots.csv", where)
    told = {"spots": "fields/m_spots.csv", "map": "m", "sigma_px": "1.3", "seed": "22"}
    second = part(tmp_path / "spots", spots([[130, 100]]), "m", pedestal="100", **told)
    request = SumRequest(
        ("cells_made", "spots"),
        (rows_of(first), rows_of(second)),
        {"spots": "actin"},
        read_manifest(second),
    )
    make_sum_set(request, tmp_path / "sum", NormalisationConfig())
    return tmp_path / "sum"


def test_images_of_one_map_are_added(summed: Path):
    (row,) = read_manifest(summed / "manifest.csv")
    assert row["name"] == "m_s1"
    assert read_image(row["image"]).pixels.tolist() == [[[40, 20]]]


def test_true_places_stay_known(summed: Path):
    (row,) = read_manifest(summed / "manifest.csv")
    spots = read_spots(row["spots"])
    assert spots.points.tolist() == [[0.5, 1.25]]
    assert (spots.photons.tolist(), spots.cell.tolist()) == ([300.0], [4])
    assert row["sigma_px"] == "1.3"


def test_the_provenance_of_both_is_in_the_image_and_the_table(summed: Path):
    (row,) = read_manifest(summed / "manifest.csv")
    for told in (row, read_provenance(row["image"])):
        assert told["sum"] == "cells_made + spots" and told["seed"] == "11 + 22"
        assert told["parts_sha256"] == "abc + abc" and told["map"] == "m"


def test_an_image_without_a_partner_is_named(tmp_path: Path):
    first = part(tmp_path / "a", cells([[1]]), "one", map="one")
    second = part(tmp_path / "b", spots([[1]]), "two", map="two")
    request = SumRequest(("a", "b"), (rows_of(first), rows_of(second)))
    with pytest.raises(UserError, match="no partner for one"):
        make_sum_set(request, tmp_path / "sum", NormalisationConfig())


def test_real_images_can_be_the_first(tmp_path: Path):
    write_image(tmp_path / "m.ome.tif", cells([[10, 20]]))
    second = part(tmp_path / "spots", spots([[5, 0]]), "m", map="m")
    rows = (rows_of(None, [tmp_path / "m.ome.tif"]), rows_of(second))
    request = SumRequest(("real", "spots"), rows, {"spots": "actin"})
    make_sum_set(request, tmp_path / "sum", NormalisationConfig())
    with (tmp_path / "sum/manifest.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["source"], row["name"]) == ("m", "m")
