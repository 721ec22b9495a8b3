"""Reading what label maps are judged by: regions of real maps, and maps of a set or a folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.set_manifest import read_manifest
from cytoforge.metrics.map_quality.map_fields import MapField
from cytoforge.references.codes import Code
from cytoforge.references.instances import instances_from_label_map
from cytoforge.references.label_map_file import read_label_map
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.split.region import Region
from cytoforge.split.regions_file import read_regions
from cytoforge.synthesis.label_maps import read_users_map
from cytoforge.synthesis.maps import name_of_map

FOUND = "objects"
"""What objects are called that a label map alone shows."""


@dataclass(frozen=True)
class RealMaps:
    """Files of the real maps: label maps and segmentations by image, the split's CSV of regions.

    Without segmentations (label maps of the user's own) objects are found in the maps.
    """

    label_maps: Mapping[str, Path]
    segmentations: Mapping[str, Path]
    regions: Path


def read_real(
    files: RealMaps, codes: Sequence[Code], as_maps_alone: bool
) -> tuple[list[MapField], list[MapField]]:
    """Return the training regions of the real maps, and those of val and test.

    as_maps_alone : find the objects in the label maps, as it is done with drawn maps that have none

    Raises UserError where either is empty.
    """
    regions = [region for region in read_regions(files.regions) if region.image in files.label_maps]
    fields: dict[bool, list[MapField]] = {True: [], False: []}
    for image in sorted({region.image for region in regions}):
        labels = read_label_map(files.label_maps[image], len(codes))
        alone = as_maps_alone or image not in files.segmentations
        objects = {} if alone else read_segmentation(files.segmentations[image]).instances
        for region in regions:
            if region.image == image:
                field = _cut(region, labels, objects or objects_shown(labels, codes))
                fields[region.split == "train"].append(field)
    for train, kind in ((True, "train"), (False, "val or test")):
        if not fields[train]:
            raise UserError(
                where=f"quality of label maps, which compares them with {files.regions}",
                expected=f"a region of {kind} in an image with a label map",
                found="none",
                fix="let the split give every part some images: `split.fractions`",
            )
    return fields[True], fields[False]


def read_drawn(manifest: Path, codes: Sequence[Code]) -> list[MapField]:
    """Return the maps of a set that a source or a model has drawn, with their exact objects."""
    fields = []
    for row in read_manifest(manifest):
        labels = read_label_map(row["labels"], len(codes))
        objects = {}
        if row.get("objects"):
            found = read_segmentation(_beside(manifest, row["objects"])).instances
            objects = {name: as_ids(plane) for name, plane in found.items()}
        dropped = int(row["dropped"]) if row.get("dropped") else None
        own = objects or objects_shown(labels, codes)
        fields.append(MapField(row["name"], row["name"], labels, own, dropped))
    return fields


def read_folder(maps: Sequence[str], codes: Sequence[Code]) -> list[MapField]:
    """Return the user's own label maps, with the objects that they show."""
    fields = []
    for path in maps:
        labels, name = read_users_map(Path(path), len(codes), codes), name_of_map(path)
        fields.append(MapField(name, name, labels, objects_shown(labels, codes)))
    return fields


def objects_shown(labels: np.ndarray, codes: Sequence[Code]) -> dict[str, np.ndarray]:
    """Return the objects that a label map shows, under the name `FOUND`."""
    return {FOUND: instances_from_label_map(labels, codes)}


def as_ids(plane: np.ndarray) -> np.ndarray:
    """Return instance labels as they are measured, int32."""
    return plane.astype(np.int32, copy=False)


def _cut(region: Region, labels: np.ndarray, objects: Mapping[str, np.ndarray]) -> MapField:
    box = np.s_[region.row0 : region.row1, region.col0 : region.col1]
    name = f"{region.image}_r{region.row0}_c{region.col0}"
    cut = {key: as_ids(np.ascontiguousarray(plane[box])) for key, plane in objects.items()}
    return MapField(name, region.group, np.ascontiguousarray(labels[box]), cut)


def _beside(manifest: Path, file: str) -> Path:
    """Return a file of a manifest, whose path may be relative to its folder."""
    path = Path(file)
    return path if path.is_absolute() or path.is_file() else manifest.parent / path
