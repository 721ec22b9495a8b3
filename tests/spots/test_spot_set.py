"""A set of spots on disk: images, masks, coordinates and where they come from."""

from pathlib import Path

import numpy as np
import pytest

from cytoforge.config.images import NormalisationConfig
from cytoforge.config.spots import SpotsConfig
from cytoforge.errors import UserError
from cytoforge.images.ome import read_image, read_provenance
from cytoforge.images.set_manifest import read_manifest
from cytoforge.references.label_map_file import read_label_map
from cytoforge.segmentation.segmentation_file import write_segmentation
from cytoforge.spots.spot_file import read_detections, read_spots
from cytoforge.spots.spot_set import SpotRequest, make_spot_set
from cytoforge.spots.truth import rows_of_truth
from tests.spots.fields import three_cells

CONFIG = SpotsConfig(per_object=15, photons=2000)


def made(folder: Path, config: SpotsConfig = CONFIG, **request) -> list[dict[str, str]]:
    write_segmentation(folder / "m_objects.ome.tif", three_cells(), 0.1)
    objects = {"m": folder / "m_objects.ome.tif"}
    wanted = SpotRequest("dots", objects, **request)
    make_spot_set(wanted, folder / "dots", config, NormalisationConfig(), seed=1)
    return read_manifest(folder / "dots/manifest.csv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spots")
    made(folder, sources={"m": "pos1"})
    return folder


@pytest.fixture
def row(folder: Path) -> dict[str, str]:
    (row,) = read_manifest(folder / "dots/manifest.csv")
    return row


def test_the_image_has_its_channel_its_size_and_bright_points(row):
    image, spots = read_image(row["image"]), read_spots(row["spots"])
    assert (image.channels, image.pixel_size_um) == (("spots",), 0.1)
    assert image.pixels.shape == (1, 96, 96) and image.pixels.dtype == np.uint16
    at = tuple(np.rint(spots.points).astype(int).T)
    assert np.median(image.pixels[0][at]) > 3 * np.median(image.pixels)
    assert len(spots) == int(row["n_spots"])


def test_the_mask_has_a_disk_around_every_spot(row):
    mask, spots = read_label_map(row["labels"]), read_spots(row["spots"])
    rows, cols = np.mgrid[:96, :96]
    away = np.hypot(rows[..., None] - spots.y, cols[..., None] - spots.x).min(-1)
    np.testing.assert_array_equal(mask == 1, away <= 3)


def test_a_mask_can_have_the_codes_of_a_reference(tmp_path):
    (row,) = made(tmp_path, codes=(1, 2))
    assert set(np.unique(read_label_map(row["labels"]))) == {1, 2}


def test_it_is_told_how_an_image_was_made(row):
    for told in (row, read_provenance(row["image"])):
        assert float(told["sigma_px"]) == pytest.approx(0.21 * 0.58 / 1.4 / 0.1, rel=1e-4)
        assert told["map"] == "m" and told["seed"].isdigit() and told["settings"]
    assert row["source"] == "pos1"


def test_the_same_seed_gives_the_same_bytes(folder, tmp_path):
    (again,) = made(tmp_path, sources={"m": "pos1"})
    (first,) = read_manifest(folder / "dots/manifest.csv")
    for key in ("labels", "spots"):
        assert again[f"{key}_sha256"] == first[f"{key}_sha256"]
    pixels = [read_image(row["image"]).pixels for row in (again, first)]
    np.testing.assert_array_equal(*pixels)


def test_spots_of_an_image_of_a_mask_are_those_of_the_mask(row):
    """A model names its images by the map, further samples with an ending."""
    images = [{"name": "m_s1", "label_map": row["labels"]}]
    assert rows_of_truth(images, [row])["m_s1"]["spots"] == row["spots"]


def test_spots_of_an_image_of_no_map_are_not_known(row):
    with pytest.raises(UserError, match="image other"):
        rows_of_truth([{"name": "other"}], [row])


def test_a_width_in_micrometres_needs_the_size_of_a_pixel(tmp_path):
    write_segmentation(tmp_path / "m.ome.tif", three_cells())
    request = SpotRequest("dots", {"m": tmp_path / "m.ome.tif"})
    with pytest.raises(UserError, match=r"sets.dots, map m"):
        make_spot_set(request, tmp_path / "dots", CONFIG, NormalisationConfig(), seed=1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x,y\n3,1.5\n", [[1.5, 3]]),
        ("index,axis-0,axis-1\n0,1.5,3\n", [[1.5, 3]]),
        ("ID,POSITION_X,POSITION_Y,QUALITY\na,3,1.5,9\n", [[1.5, 3]]),
        ("axis-0,axis-1,axis-2\n7,1.5,3\n", [[1.5, 3]]),
        ("x;y\n3;1.5\n", [[1.5, 3]]),
        ("x\ty\n3\t1.5\n", [[1.5, 3]]),
        ("POSITION_X,POSITION_Y\nX,Y\nX,Y\n(pixel),(pixel)\n3,1.5\n", [[1.5, 3]]),
        ("y,x\n", []),
    ],
)
def test_tables_of_other_programs_are_read(tmp_path, text, found):
    (tmp_path / "m.csv").write_text(text)
    points, sure = read_detections(str(tmp_path), {"m": tmp_path})["m"]
    assert points.tolist() == found and len(sure) == len(found)


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("n", "x,y\n1,2\n", "none for m"),
        ("m", "left,top\n1,2\n", "columns x and y"),
        ("m", "x,y\n1,two\n", "line 2"),
        ("m", "x,y\nname,of\n1,2\n", "line 2"),
        ("m", "x,y\n1,2\n1,nan\n", "line 3"),
        ("m", "POSITION_X,POSITION_Y\nX,Y\n(micron),(micron)\n3,1.5\n", "positions in px"),
    ],
)
def test_tables_that_cannot_be_used_are_named(tmp_path, name, text, complaint):
    (tmp_path / f"{name}.csv").write_text(text)
    with pytest.raises(UserError, match=complaint):
        read_detections(str(tmp_path), {"m": tmp_path})
