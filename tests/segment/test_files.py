"""`python -m cytoforge.segment`: label TIFFs and overlays of files, without a workflow."""

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from cytoforge.config.one_method import method_settings
from cytoforge.errors import UserError
from cytoforge.images.whole_file import images_of_file
from cytoforge.segment.__main__ import main
from cytoforge.segment.of_files import segment_files
from cytoforge.segmentation.tally import tallies
from tests.segmentation.conftest import CENTRES, blobs
from tests.segmentations import cells_and_gap


def test_labels_overlay_and_table_of_a_file(tmp_path, capsys):
    tifffile.imwrite(tmp_path / "a.tif", blobs().astype(np.uint16))
    to = tmp_path / "out"
    assert main([str(tmp_path / "a.tif"), "--to", str(to), "--set", "gap.enabled=false"]) == 0
    nuclei = tifffile.imread(to / "a_nuclei.tif")
    assert nuclei.dtype == np.uint16
    assert len(np.unique(nuclei)) == len(CENTRES) + 1
    assert all(nuclei[centre] for centre in CENTRES)
    assert PillowImage.open(to / "a.png").size == (120, 125)
    assert sorted(path.name for path in to.iterdir()) == [
        "a.png", "a_cells.tif", "a_nuclei.tif", "a_objects.csv", "a_objects.geojson",
        "a_objects.json", "segmentations.csv",
    ]  # fmt: skip
    assert "a: 8 nuclei, median 1" in capsys.readouterr().out


def test_a_file_without_nuclei_is_told_of_and_counted(tmp_path, capsys):
    blank = np.random.default_rng(0).normal(100, 5, (60, 60)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "blank.tif", blank)
    assert main([str(tmp_path / "blank.tif"), "--to", str(tmp_path / "out")]) == 1
    assert "blank: none in channel 'grey'" in capsys.readouterr().out


def test_uneven_light_is_taken_away_first(tmp_path):
    lit = blobs(ground=300) * np.linspace(0.3, 1, 120)
    tifffile.imwrite(tmp_path / "a.tif", (10 * lit).astype(np.uint16))
    counts = []
    for shading in ("none", "per_image"):
        to = tmp_path / shading
        main([str(tmp_path / "a.tif"), "--to", str(to), "--shading", shading])
        counts.append(len(np.unique(tifffile.imread(to / "a_nuclei.tif"))) - 1)
    assert counts == [2 * len(CENTRES), len(CENTRES)]


def test_settings_are_those_of_the_config():
    config = method_settings("watershed", ["nuclei_channel=dab", "gap.enabled=false"])
    assert config.nuclei_channel == "dab"
    assert not config.gap.enabled


@pytest.mark.parametrize(
    ("method", "pair", "message"),
    [
        ("watersheed", "polarity=dark", "did you mean `watershed`"),
        ("watershed", "polarty=dark", "did you mean `polarity`"),
        ("watershed", "polarity=grey", "polarity"),
        ("watershed", "polarity", "key=value"),
        ("watershed", "nucleus_diameter_px=0", "nucleus_diameter_px"),
    ],
)
def test_a_wrong_setting_is_named(method, pair, message):
    with pytest.raises(UserError, match=message):
        method_settings(method, [pair])


def test_each_plane_of_a_stack_is_an_image(tmp_path):
    stack = np.arange(2 * 4 * 5, dtype=np.uint8).reshape(2, 4, 5)
    tifffile.imwrite(tmp_path / "s.ome.tif", stack, metadata={"axes": "TYX"})
    images = list(images_of_file(str(tmp_path / "s.ome.tif")))
    assert [image.name for image in images] == ["s_t001", "s_t002"]
    np.testing.assert_array_equal(images[1].pixels[0], stack[1])


def test_a_grey_picture_saved_in_colour_has_one_channel(tmp_path):
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    PillowImage.fromarray(np.stack([grey] * 3, axis=-1)).save(tmp_path / "g.png")
    (image,) = images_of_file(str(tmp_path / "g.png"))
    assert image.channels == ("grey",)


def test_count_size_and_cover():
    nuclei = np.zeros((10, 10), np.int32)
    nuclei[0, 0], nuclei[5:7, 5:7], nuclei[9, 0:9] = 1, 2, 3
    gap = np.zeros((10, 10), bool)
    gap[2:4] = True
    found = tallies(cells_and_gap(nuclei, nuclei, gap, 2, 2, "x"))
    of = {tally.name: tally for tally in found}
    assert of["nuclei"].count == 3
    assert of["nuclei"].median_px == pytest.approx(2 * np.sqrt(4 / np.pi))
    assert of["nuclei"].cover == pytest.approx(0.14)
    assert (of["gap"].count, of["gap"].cover) == (None, 0.2)


def test_a_file_that_cannot_be_read_stops_no_other(tmp_path):
    nuclei = np.zeros((64, 64), np.uint8)
    nuclei[20:32, 20:32] = nuclei[40:52, 8:20] = 200
    names = ("first", "broken", "last")
    for name in names:
        tifffile.imwrite(tmp_path / f"{name}.tif", nuclei)
    (tmp_path / "broken.tif").write_bytes(b"II*\0")
    files = [str(tmp_path / f"{name}.tif") for name in names]
    config = method_settings("watershed", ["nucleus_diameter_px=12"])
    found = list(segment_files(files, config, tmp_path / "to"))
    assert [bool(one.failed) for one in found] == [False, True, False]
    table = (tmp_path / "to/segmentations.csv").read_text()
    assert "first" in table and "last" in table


def test_a_method_that_is_for_other_pictures_is_doubted(tmp_path, capsys):
    rows, columns = np.mgrid[:160, :160] % 40 - 20
    far = np.hypot(rows, columns)
    cells = np.where(far < 9, 90, np.where(far < 12, 220, 150)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", cells)
    main([str(tmp_path / "a.tif"), "--to", str(tmp_path / "to"), "--set", "nucleus_diameter_px=24"])
    assert "this looks like phase contrast: use `method: phase`" in capsys.readouterr().out
