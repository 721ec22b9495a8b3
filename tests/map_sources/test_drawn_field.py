"""A drawn set on disk: label maps of its objects, exact objects, and images that find them."""

from pathlib import Path

import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.images.set_manifest import read_manifest, write_manifest
from cytoforge.map_sources.drawn_field import fields_of_set, render_with_layers
from cytoforge.map_sources.learned_file import Learned, write_learned
from cytoforge.map_sources.run import draw_set, training_fields
from cytoforge.references.label_map_file import read_label_map, write_label_map
from cytoforge.segmentation.segmentation_file import read_segmentation, write_segmentation
from cytoforge.split.region import Region
from cytoforge.synthesis.exact_truth import exact_truth
from tests.map_sources.training_cells import CODES, REFERENCE, layers_by_size, segmentation

LAYERS = {f"cytoplasm_{name}": layer for layer, name in enumerate(("dark", "middle", "bright"))}


def test_cells_are_rendered_with_the_layers_they_are_given():
    found = segmentation(1)
    layers = layers_by_size(found)
    label_map = render_with_layers(found, layers, REFERENCE)
    names = [code.name for code in CODES]
    for name, layer in LAYERS.items():
        pixels = label_map == names.index(name)
        assert pixels.any()
        assert (layers[found["cells"][pixels]] == layer).all()


@pytest.fixture(scope="module")
def manifest(shapes: Learned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    write_learned(folder / "learned.safetensors", shapes)
    draw_set(
        "shapes",
        folder / "learned.safetensors",
        fields_of_set("drawn", (1, 4), (120, 150)),
        CODES,
        settings={"gap": "none"},
        reference=REFERENCE.model_dump(mode="json"),
        gap=None,
        seed=1,
        output=folder,
    )
    return folder / "manifest.csv"


def test_a_row_names_the_map_its_objects_and_what_they_are_made_of(manifest: Path):
    rows = read_manifest(manifest)
    assert [row["name"] for row in rows] == ["drawn_0001", "drawn_0004"]
    assert {(row["source"], row["map_source"]) for row in rows} == {("", "shapes")}
    for row in rows:
        labels, objects = read_label_map(row["labels"], 8), read_segmentation(row["objects"])
        assert labels.shape == objects.shape == (120, 150)
        nucleus = [code.region for code in CODES].index("nucleus")
        assert (objects["nuclei"][labels == nucleus] > 0).all()


def write_images(folder: Path, rows: list[dict[str, str]]) -> Path:
    folder.mkdir()
    write_manifest(folder, [{"image": "", "source": "", **row} for row in rows])
    return folder / "manifest.csv"


def test_images_of_drawn_maps_have_their_exact_objects(manifest: Path, tmp_path: Path):
    made = write_images(
        tmp_path / "made",
        [{"name": n, "map": "drawn_0004"} for n in ("drawn_0004", "drawn_0004_s1")],
    )
    objects = read_manifest(manifest)[1]["objects"]
    found = exact_truth(made, manifest)
    assert {name: str(path) for name, path in found.items()} == {
        "drawn_0004": objects,
        "drawn_0004_s1": objects,
    }
    assert list(exact_truth(manifest, manifest)) == ["drawn_0001", "drawn_0004"]


def test_images_of_real_maps_have_the_segmentation_behind_them(tmp_path: Path):
    made = write_images(tmp_path / "made", [{"name": "a_s1", "map": "a", "source": "a"}])
    assert exact_truth(made, None, {"a": Path("cells/a.ome.tif")}) == {
        "a_s1": Path("cells/a.ome.tif")
    }
    with pytest.raises(UserError, match="none of a_s1"):
        exact_truth(made)


def test_training_regions_alone_are_looked_at(tmp_path: Path):
    found = segmentation(1)
    files = {}
    for name in ("a", "b"):
        files[name] = (tmp_path / f"{name}.ome.tif", tmp_path / f"{name}.tif")
        write_segmentation(files[name][0], found, 0.5)
        write_label_map(files[name][1], np.zeros(found.shape, np.uint8), 0.5)
    regions = [
        Region("a", "train", 0, 10, 200, 110, "a"),
        Region("a", "val", 0, 120, 200, 200, "a"),
        Region("b", "test", 0, 0, 200, 200, "b"),
    ]
    (only,) = training_fields(files, regions, CODES)
    assert (only.image, only.pixel_size_um) == ("a", pytest.approx(0.5))
    np.testing.assert_array_equal(only.segmentation["cells"], found["cells"][:, 10:110])
