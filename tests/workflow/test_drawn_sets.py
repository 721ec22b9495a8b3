"""Label maps drawn from nothing, images of them, and tiles of these: a few jobs on a finished
project."""

import shutil

import numpy as np
import pandas as pd
import pytest

from cytoforge.images.set_manifest import read_manifest
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.split.regions_file import read_regions
from cytoforge.synthesis.exact_truth import exact_truth
from cytoforge.tiles.tile_set import read_tiles
from tests.workflow.tiny_project import Project

pytestmark = pytest.mark.slow
SETS = {
    "drawn": {"maps_by": "shapes", "like": "tiles7", "count": 4, "size_px": [128, 160]},
    "control": {"maps_by": "perturbed", "like": "tiles7", "seeds": "3-4", "size_px": [96, 96]},
    "made": {"images_by": "seven", "maps": "drawn"},
}


@pytest.fixture(scope="module")
def drawn(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The finished project with drawn maps, their images and a data set of these."""
    folder = tmp_path_factory.mktemp("drawn") / "project"
    shutil.copytree(finished.folder, folder)
    project = Project(folder, finished.root)
    config = project.config()
    config["sets"] = SETS
    config["datasets"]["synthetic"] = {"set": "made", "reference": "level7", "tile_px": 64}
    project.write_config(config)
    done = project.snakemake(
        "results/map_quality/control/distances.csv", "results/tiles/synthetic/leak_check.json"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def rows(project: Project, name: str) -> list[dict[str, str]]:
    return read_manifest(project.folder / f"results/sets/{name}/manifest.csv")


def test_a_set_has_a_map_for_each_seed(drawn: Project):
    assert [row["name"] for row in rows(drawn, "control")] == ["control_0003", "control_0004"]
    objects = read_segmentation(rows(drawn, "drawn")[0]["objects"])
    assert objects.shape == (128, 160)
    assert objects["cells"].max() > 5


def test_images_of_drawn_maps_have_no_real_source_and_exact_truth(drawn: Project):
    made = rows(drawn, "made")
    assert {(row["source"], row["map"] == row["name"]) for row in made} == {("", True)}
    folder = drawn.folder / "results/sets"
    truth = exact_truth(folder / "made/manifest.csv", folder / "drawn/manifest.csv")
    assert sorted(truth) == [f"drawn_000{seed}" for seed in (1, 2, 3, 4)]


def test_a_data_set_of_them_is_divided_by_images_and_has_their_objects(drawn: Project):
    regions = read_regions(drawn.folder / "results/sets/made/regions.csv")
    assert {region.split for region in regions} == {"train", "val", "test"}
    assert len(regions) == 4
    tiles = read_tiles(drawn.folder / "results/tiles/synthetic")
    first = tiles.manifest[0]
    objects = {row["name"]: row["objects"] for row in rows(drawn, "drawn")}[first.image]
    box = np.s_[first.row : first.row + 64, first.col : first.col + 64]
    cells = read_segmentation(objects)["cells"][box]
    np.testing.assert_array_equal(tiles["instances"][0], np.unique(cells, return_inverse=True)[1])


def test_drawn_maps_are_judged_beside_their_baselines(drawn: Project):
    folder = drawn.folder / "results/map_quality/control"
    table = pd.read_csv(folder / "distances.csv")
    assert set(table["series"]) == {"made", "perturbed", "uniform", "real_vs_real"}
    assert {"cells", "nuclei", "classes"} == set(table["family"])
    assert (folder / "pictures/made_1.png").is_file()
    assert drawn.planned("results/map_quality/control/distances.csv") == {}


def test_nothing_of_it_is_stale_then(drawn: Project):
    target = "results/tiles/synthetic/leak_check.json"
    assert drawn.planned(target) == {}
