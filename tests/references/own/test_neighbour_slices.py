"""Label slices around a slice: of the same volume, one voxel apart, whatever the file's axes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cytoforge.config.load import load_config, training_config
from cytoforge.config.set_graph import all_sets
from cytoforge.config.task import task_of
from cytoforge.errors import UserError
from cytoforge.images.samples import Sample
from cytoforge.references.own.classes import MapClass
from cytoforge.references.own.neighbour_checks import check_neighbours, with_neighbours
from cytoforge.references.own.neighbour_slices import NeighbourSlices, SlicePlace
from cytoforge.references.own.own_map import read_own_map
from tests.volumes.phantoms import affine_of, write_volume

CLASSES = [MapClass("air", (0,)), MapClass("cortex", (41,)), MapClass("skin", (530,))]


@pytest.mark.parametrize("axes", ["RAS", "LIA", "PSR"])
@pytest.mark.parametrize("axis", ["z", "y", "x"])
def test_neighbours_are_the_maps_of_the_slices_beside(tmp_path: Path, axes: str, axis: str):
    """As each slice is read for itself; beyond the ends the last one is repeated."""
    labels = np.random.default_rng(0).choice([0, 41, 530], (5, 5, 5)).astype(np.int16)
    path = str(write_volume(tmp_path / "a.nii.gz", labels, affine_of(axes)))
    alone = {n: read_own_map(path, CLASSES, "labels", plane={axis: n}) for n in range(1, 6)}
    reader = NeighbourSlices(CLASSES, 2, {str(n): SlicePlace(path, axis, n) for n in alone})
    for number, around in [(3, (1, 2, 4, 5)), (1, (1, 1, 2, 3)), (5, (3, 4, 5, 5))]:
        found = reader.of(str(number))
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, np.stack([alone[n] for n in around]))


def test_each_volume_has_neighbours_of_its_own(tmp_path: Path):
    places = {}
    for name, value in (("a", 41), ("b", 530)):
        path = write_volume(tmp_path / f"{name}.nii", np.full((4, 4, 2), value, np.int16))
        places |= {f"{name}{n}": SlicePlace(str(path), "z", n) for n in (1, 2)}
    reader = NeighbourSlices(CLASSES, 1, places)
    for name in ("a1", "b1", "a2", "b2"):
        assert (reader.of(name) == (1 if name[0] == "a" else 2)).all()
    with pytest.raises(UserError, match="a slice of a label volume"):
        reader.of("c1")


def project(**changes: Any) -> Any:
    raw: dict[str, Any] = {
        "samples": "samples.tsv",
        "images": {"channels": ["grey"]},
        "references": {"organs": {"column": "labels", "classes": {"air": 0, "skin": 1}}},
        "datasets": {
            "thick": {"reference": "organs", "tile_px": 64, "neighbours": 1},
            "thin": {"reference": "organs", "tile_px": 64},
        },
        "models": {
            "deep": {"dataset": "thick", "model": "oasis"},
            "flat": {"dataset": "thin", "model": "oasis"},
            "segmenter": {"dataset": "thick", "model": "unet"},
        },
        **changes,
    }
    return load_config(raw)


def trainings(config: Any) -> Any:
    found = {name: training_config(name, model) for name, model in config.models.items()}
    return with_neighbours(found, config)


def test_models_of_images_see_what_their_data_set_has():
    found = trainings(project())
    assert {n: t.neighbours for n, t in found.items()} == {"deep": 1, "flat": 0, "segmenter": 0}
    assert found["deep"].needs == ("labels", "neighbours", "images")
    assert "neighbours" not in found["flat"].model_dump()  # nothing becomes stale by the key


def test_another_number_in_the_training_settings_is_refused():
    model = {"dataset": "thin", "model": "oasis", "training": {"neighbours": 1}}
    with pytest.raises(UserError, match=r"set datasets\.thin\.neighbours"):
        trainings(project(models={"deep": model}))


@pytest.mark.parametrize(
    ("plane", "file", "maps", "said"),
    [
        ({"z": 1}, "a.nii.gz", "real", ""),
        ({}, "a.tif", "real", "column `labels` of a names no label volume"),
        ({"z": 1}, "a.nii.gz", "flat.tif", "deep sees label slices around"),
        ({"z": 1}, "a.nii.gz", "brain.nii", ""),
    ],
)
def test_maps_that_are_no_slices_are_refused(
    plane: Any, file: str, maps: str, said: str, tmp_path: Path
):
    block = {"images_by": "deep", "maps": str(tmp_path)}
    sets = {} if maps == "real" else {"sets": {"own": block}}
    config = project(**sets)
    found = trainings(config)
    made = all_sets(config, {n: task_of(t).makes for n, t in found.items()})
    samples = {"a": Sample("a", {"path": "ct"}, {"labels": file}, plane=plane)}
    own = {} if maps == "real" else {"own": [maps]}
    if not said:
        check_neighbours(config, found, made, samples, own)
        return
    with pytest.raises(UserError) as caught:
        check_neighbours(config, found, made, samples, own)
    assert said in caught.value.found
