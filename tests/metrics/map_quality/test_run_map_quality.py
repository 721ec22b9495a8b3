"""From files to files: regions of real maps, drawn maps with their objects, the user's folder."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from cytoforge.config.references import ReferenceConfig
from cytoforge.errors import UserError
from cytoforge.images.set_manifest import write_manifest
from cytoforge.metrics.map_quality.map_inputs import RealMaps, read_drawn, read_folder, read_real
from cytoforge.metrics.map_quality.run_map_quality import MapsAsked, perturbed_maps, score_maps
from cytoforge.references.codes import code_table, write_codes
from cytoforge.references.label_map import render
from cytoforge.references.label_map_file import write_label_map
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from cytoforge.segmentation.segmentation_file import write_segmentation
from cytoforge.split.region import Region, Split
from cytoforge.split.regions_file import write_regions
from tests.metrics.map_quality.made_up_maps import pairs_of_disks

REFERENCE = ReferenceConfig(segmentation="cells", levels=4)
CODES = code_table(REFERENCE)
SHAPE = (96, 160)


@dataclass(frozen=True)
class Project:
    real: RealMaps
    manifest: Path
    codes: Path


def segmentation_of(seed: int, shape: tuple[int, int]) -> Segmentation:
    objects = pairs_of_disks(seed, shape).objects
    planes = {
        "nuclei": ObjectPlane(objects["nuclei"], 5.0, "cells"),
        "cells": ObjectPlane(objects["cells"], 10.0),
        "gap": ObjectPlane(np.zeros(shape, bool)),
    }
    return Segmentation(planes, "made up")


def write_map(folder: Path, name: str, found: Segmentation) -> tuple[Path, Path]:
    labels, objects = folder / f"{name}_labels.tif", folder / f"{name}_objects.ome.tif"
    write_label_map(labels, render(found, None, REFERENCE))
    write_segmentation(objects, found)
    return labels, objects


def regions_of(image: str) -> list[Region]:
    bounds: dict[Split, tuple[int, int]] = {"train": (0, 80), "val": (84, 116), "test": (120, 160)}
    return [Region(image, split, 0, a, 96, b, image) for split, (a, b) in bounds.items()]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("maps")
    (root / "fields").mkdir()
    files = {name: write_map(root, name, segmentation_of(k, SHAPE)) for k, name in enumerate("ab")}
    write_regions(root / "regions.csv", [one for name in files for one in regions_of(name)])
    rows = []
    for number in (1, 2):
        name = f"drawn_{number:04d}"
        paths = write_map(root / "fields", name, segmentation_of(50 + number, (96, 96)))
        labels, objects = (f"fields/{path.name}" for path in paths)
        row = {"name": name, "labels": labels, "objects": objects, "source": ""}
        rows.append({**row, "dropped": str(number)})
    write_manifest(root, rows)
    write_codes(root / "codes.json", CODES)
    maps, found = ({name: pair[k] for name, pair in files.items()} for k in (0, 1))
    real = RealMaps(maps, found, root / "regions.csv")
    return Project(real, root / "manifest.csv", root / "codes.json")


def test_training_regions_and_held_out_ones_are_kept_apart(project: Project):
    train, held = read_real(project.real, CODES, as_maps_alone=False)
    assert [field.shape for field in train] == [(96, 80)] * 2
    assert [field.shape for field in held] == [(96, 32), (96, 40)] * 2
    assert [field.unit for field in held] == ["a", "a", "b", "b"]
    whole = tifffile.imread(project.real.label_maps["a"])
    assert np.array_equal(held[1].labels, whole[:, 120:160])
    assert list(train[0].objects) == ["cells", "nuclei"]  # what lies in no other comes first


def test_a_split_without_held_out_regions_is_an_error(project: Project, tmp_path: Path):
    write_regions(tmp_path / "regions.csv", [regions_of("a")[0]])
    files = RealMaps(project.real.label_maps, project.real.segmentations, tmp_path / "regions.csv")
    with pytest.raises(UserError, match="val or test"):
        read_real(files, CODES, as_maps_alone=False)


def test_drawn_maps_have_exact_objects_and_what_was_dropped(project: Project):
    first, second = read_drawn(project.manifest, CODES)
    assert (first.name, first.dropped, second.dropped) == ("drawn_0001", 1, 2)
    assert np.array_equal(first.objects["cells"], segmentation_of(51, (96, 96))["cells"])


def test_objects_of_the_users_maps_are_found_in_them(project: Project):
    path = project.manifest.parent / "fields" / "drawn_0001_labels.tif"
    (field,) = read_folder([str(path)], CODES)
    assert list(field.objects) == ["objects"]
    cells = len(np.unique(segmentation_of(51, (96, 96))["cells"])) - 1
    assert len(np.unique(field.objects["objects"])) - 1 == pytest.approx(cells, abs=2)


def test_the_control_has_the_wanted_sizes_and_the_objects_of_real_maps(project: Project):
    asked = MapsAsked(project.manifest, (), REFERENCE.model_dump(mode="json"))
    found = perturbed_maps(asked, project.real, CODES, [(64, 64), (48, 96)], seed=1)
    assert [field.shape for field in found] == [(64, 64), (48, 96)]
    assert set(found[0].objects) == {"cells", "nuclei"}
    again = perturbed_maps(asked, project.real, CODES, [(64, 64)], seed=1)
    assert np.array_equal(again[0].labels, found[0].labels)


def test_a_set_is_judged_from_its_files(project: Project, tmp_path: Path):
    asked = MapsAsked(project.manifest, (), REFERENCE.model_dump(mode="json"))
    score_maps(asked, project.real, project.codes, 48, 0.95, 1, tmp_path)
    table = pd.read_csv(tmp_path / "distances.csv")
    assert set(table["series"]) == {"made", "perturbed", "uniform", "real_vs_real"}
    assert set(table["family"]) == {"cells", "nuclei", "classes"}
    told = json.loads((tmp_path / "map_quality.json").read_text())
    assert told["dropped"] == 1.5
    assert told["settings"]["side_px"] == 32  # the narrowest region holds no more


def test_the_users_maps_are_judged_by_what_they_show(project: Project, tmp_path: Path):
    path = project.manifest.parent / "fields" / "drawn_0001_labels.tif"
    asked = MapsAsked(None, [str(path)], REFERENCE.model_dump(mode="json"))
    score_maps(asked, project.real, project.codes, 48, 0.95, 1, tmp_path)
    table = pd.read_csv(tmp_path / "distances.csv")
    assert set(table["family"]) == {"objects", "classes"}
    assert json.loads((tmp_path / "map_quality.json").read_text())["dropped"] is None
