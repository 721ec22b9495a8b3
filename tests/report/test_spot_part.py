"""The part of the page on spots: an answer in words, pictures with positions, and tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.spot_floor import field_of_spots
from cytoforge.config.spots import SpotsConfig
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import write_image
from cytoforge.images.set_manifest import write_manifest
from cytoforge.metrics.score_spot_set import SpotSet, score_spot_set
from cytoforge.report.render import render
from cytoforge.report.results import Results
from cytoforge.report.spot_part import ENLARGED, FOUND, MISSED, TRUE, mark_positions, spot_part
from cytoforge.spots.spot_file import write_spots

CONFIG = SpotsConfig(per_object=40, counts="fixed", photons=300, background_form="flat")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("results")
    drawn, folder = field_of_spots(CONFIG, 1.3, "a"), root / "sets/dots"
    image = Image("a", drawn.pixels[None], ("spots",), (ChannelRange(0, 1000),))
    write_image(folder / "fields/a.ome.tif", image)
    write_spots(folder / "fields/a_spots.csv", drawn.spots)
    row = {"name": "a", "image": "fields/a.ome.tif", "source": "", "sigma_px": "1.3"}
    write_manifest(folder, [{**row, "spots": "fields/a_spots.csv"}])
    (root / "theirs").mkdir()
    perfect = [f"{x},{y},1" for y, x in drawn.spots.points.tolist()]
    (root / "theirs/a.csv").write_text("\n".join(["x,y,prob", *perfect]))
    manifest = folder / "manifest.csv"
    request = SpotSet(manifest, manifest, "spots", {"theirs": str(root / "theirs")})
    score_spot_set(request, root / "spot_scores/dots")
    return root


@pytest.fixture(scope="module")
def block(root: Path):
    results = Results(root, {"models": {}, "sets": {"dots": {}, "others": {}}}, ())
    (only,) = spot_part(results)
    return only


def test_it_begins_with_the_answer(block):
    assert block["answer"].startswith(
        "theirs finds 40 spots in 1 image with F1 1.00 at 3 px; the baseline, LoG, with 0.9"
    )
    assert "not too easy" in block["answer"] and not block["too_easy"]


def test_every_detector_has_a_row_in_every_table(block):
    assert [row["name"] for row in block["scores"]] == ["LoG", "theirs"]
    assert all(len(row["cells"]) == len(block["heads"]) for row in block["scores"])
    assert block["gates"]["heads"] == ["1 px", "2 px", "3 px", "4 px", "5 px"]
    assert len(block["classes"]) == 2 * 4


def test_pictures_are_at_1_to_1_and_enlarged(block):
    first, enlarged, marked = block["pictures"]
    assert (first.title, first.width, first.height) == ("1:1", 256, 256)
    assert (enlarged.width, marked.width) == (64 * ENLARGED, 64 * ENLARGED)


def test_the_figure_is_a_file_too(block, root: Path):
    assert (root / "report/figures/spots_dots.pdf").is_file()
    assert "F1 over the gate" in block["figure"]


def test_circles_and_crosses_lie_on_the_middles_of_pixels():
    """One spot found half a pixel too far right, one missed, one invented."""
    truth = np.array([[5.0, 5.0], [20.0, 20.0]])
    found = pd.DataFrame({"y": [5.0, 12.0], "x": [5.5, 12.0], "matched": [1, 0]})
    side = 30 * ENLARGED
    picture = mark_positions(np.zeros((side, side), np.uint8), truth, found, (0, 0))

    def colours(row: float, col: float) -> set[tuple[int, ...]]:
        y, x = int((row + 0.5) * ENLARGED), int((col + 0.5) * ENLARGED)
        near = picture[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3)
        return {tuple(int(v) for v in one) for one in near} - {(0, 0, 0)}

    assert colours(5, 5.5) == {TRUE} and colours(12, 12) == {FOUND}
    assert colours(20, 20 + 1.5) == {MISSED}  # the circle has the gate as its diameter
    assert colours(20, 20) == set()


def test_the_page_shows_it(block):
    page = render({"spots": [block]}, "spots.html.j2")
    assert page.count("<caption") == 3 and "1:1" in page
    assert render({"spots": []}, "spots.html.j2").strip() == ""
