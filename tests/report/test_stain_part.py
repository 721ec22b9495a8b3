"""The part of the page on translations: verdicts, pictures, and tables with their baselines."""

from pathlib import Path

import numpy as np
import pytest

from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import write_image
from cytoforge.metrics.translation.detour import does_the_detour_pay
from cytoforge.metrics.translation.score_translation import score_translation
from cytoforge.metrics.translation.translation_fields import Translation
from cytoforge.metrics.translation.write_translation import FILES, write_translation
from cytoforge.report.render import render
from cytoforge.report.results import Results
from cytoforge.report.stain_part import stain_part
from cytoforge.segmentation.centroid_matching import centroids
from cytoforge.segmentation.stained_regions import deconvolved_nuclei
from tests.metrics.translation.fields import CENTRES, disks, he, ihc

COLOURS = ("red", "green", "blue")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("results")
    source, made = [ihc("a"), ihc("b")], [he("a"), he("b", centres=CENTRES[:3])]
    strip = {}
    for key, photo in (("source", source[0]), ("made", made[0]), ("real", he("r1"))):
        pixels = np.ascontiguousarray(np.moveaxis(photo.rgb, -1, 0))
        # Grey ranges as a stretched normalisation leaves them: a picture must not be shown by them.
        ranges = (ChannelRange(100, 200, "percentile"),) * 3
        strip[key] = str(root / f"{key}.ome.tif")
        write_image(strip[key], Image(key, pixels, COLOURS, ranges, 0.5))
    truth = {name: centroids(disks()) for name in "ab"}
    whole = Translation(source, made, [he("r1"), he("r2", seed=1)], truth=truth)
    scores = score_translation(
        whole, finders={"exact": lambda rgb: (deconvolved_nuclei(rgb), None)}
    )
    detour = does_the_detour_pay(source, made, "exact", truth)
    write_translation(root / "translation" / "fake_he", scores, [detour], [strip])
    return root


@pytest.fixture(scope="module")
def block(root: Path):
    config = {"models": {"stain": {}}, "sets": {"fake_he": {}, "not_scored": {}}}
    (only,) = stain_part(Results(root, config, ()))
    return only


def test_all_files_are_written(root: Path):
    assert {path.name for path in (root / "translation" / "fake_he").iterdir()} == set(FILES)


def test_every_table_has_the_model_first_and_four_baselines(block):
    for table in block["tables"]:
        names = [row["name"] for row in table["rows"]]
        assert names == ["model", "untranslated", "Reinhard", "Macenko", "real against real"]
        assert [row["baseline"] for row in table["rows"]] == [False, True, True, True, True]
        assert all(len(row["cells"]) == len(table["heads"]) for row in table["rows"])
    assert [t["heading"].split(":")[0] for t in block["tables"]] == ["Structure", "Stain", "Task"]


def test_a_cell_has_its_value_and_what_chance_does_to_it(block):
    structure = block["tables"][0]
    heads = [head["label"] for head in structure["heads"]]
    cell = structure["rows"][0]["cells"][heads.index("Lost nuclei")]
    assert cell["text"] == "125"
    assert cell["interval"] == "range of 2 images: 0, 250"
    head = structure["heads"][heads.index("Lost nuclei")]
    assert (head["arrow"], head["small"]) == ("↓", "exact, per 1,000")


def test_positive_pixels_over_thresholds_and_f1_over_gates(block):
    assert block["thresholds"]["heads"] == ["0.03", "0.05", "0.07", "0.09", "0.11", "0.15"]
    stain = next(table for table in block["tables"] if table["heading"].startswith("Stain"))
    assert {head["small"] for head in stain["heads"]} == {"0.07", "OD"}
    assert block["gates"]["heads"][0] == "4 px"
    row = block["gates"]["rows"][0]
    assert (row["name"], row["segmenter"], row["cells"][0]) == ("model", "exact", "0.933")


def test_the_verdict_on_the_detour_is_among_the_verdicts(block):
    answers = {one["name"]: one["answer"] for one in block["verdicts"]}
    assert answers == {
        "structure, exact": "no",
        "distribution": "cannot be answered",
        "normalisers": "cannot be answered",
        "detour, exact": "no",
    }


def test_pictures_are_in_the_cameras_own_colours(block):
    (pictures,) = block["strips"]
    assert [picture.title for picture in pictures] == ["source", "translated", "real"]
    assert all(picture.src.startswith("data:image/webp") for picture in pictures)
    assert (pictures[0].width, pictures[0].height) == (64, 64)


def test_the_page_shows_it(block):
    page = render({"translations": [block]}, "stain.html.j2")
    assert "Does the detour pay?" in page
    assert page.count("<caption") == len(block["tables"]) + 3
    assert "at most 12 px apart" in page
    assert render({"translations": []}, "stain.html.j2").strip() == ""
