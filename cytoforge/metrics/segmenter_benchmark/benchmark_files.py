"""A benchmark's fields from the files of a run: of real images, or of a made set."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cytoforge.images.image import Image
from cytoforge.images.ome import read_image
from cytoforge.images.set_manifest import files_of_set, read_manifest
from cytoforge.metrics.segmenter_benchmark.benchmark_fields import Contest
from cytoforge.references.codes import read_codes
from cytoforge.segmentation.of_set import segmentations_of_set
from cytoforge.split.region import Region
from cytoforge.split.regions_file import read_regions
from cytoforge.synthesis.exact_truth import exact_truth

ENDING = ".ome.tif"
Paths = Iterable[str | Path]


@dataclass(frozen=True)
class ContestFiles:
    """The files of a rule; what is not there is empty.

    Attributes
    ----------
    truth : segmentations of real images
    found : segmentations of real images, or the tables of those of a made set, one per segmenter
    segmenters : their names
    real : regions.csv of the real images
    manifest, maps_of : manifest.csv of a made set, and of the drawn label maps behind it
    regions : regions.csv of those images of which the test regions alone count
    class_maps, codes : label maps of the classes of true objects, and codes.json with their names
    tissues : of images, where scores of classes are averaged by tissue
    """

    truth: Sequence[str]
    found: Sequence[str]
    segmenters: Sequence[str]
    real: str
    manifest: str = ""
    maps_of: str = ""
    regions: str = ""
    class_maps: Sequence[str] = ()
    codes: str = ""
    tissues: Mapping[str, str] = field(default_factory=dict)

    def contest(self, objects: Sequence[str], outside: Mapping[str, Any]) -> Contest:
        """Return what is compared; see `Contest` for the parameters."""
        regions = read_regions(self.regions) if self.regions else None
        shared = {"objects": objects, "outside": outside, "regions": regions}
        if not self.manifest:
            shared |= self._classes()
            return contest_of_real(self.truth, self.found, self.segmenters, **shared)
        truth = truth_of_images(self.manifest, self.truth, self.maps_of)
        tables = dict(zip(self.segmenters, self.found, strict=True))
        return contest_of_set(self.manifest, truth, tables, read_regions(self.real), **shared)

    def _classes(self) -> dict[str, Any]:
        """Return what the contest knows of classes."""
        if not self.codes:
            return {}
        names = [code.name for code in read_codes(self.codes)]
        maps = by_image(self.class_maps, ".tif")
        return {"class_maps": maps, "class_names": names, "tissues": self.tissues}


def contest_of_real(
    truth: Paths, found: Sequence[str | Path], segmenters: Sequence[str], **shared: Any
) -> Contest:
    """Return what is compared of real images.

    Parameters
    ----------
    truth, found : segmentations, files named by their image; those found lie in a folder that is
        named by the segmenter
    shared : `objects`, `outside`, `regions` and what is known of classes, of `Contest`
    """
    of_each = {
        name: by_image(path for path in found if Path(path).parent.name == name)
        for name in segmenters
    }
    return Contest(truth=by_image(truth), found=of_each, **_typed(shared))


def contest_of_set(
    manifest: str | Path,
    truth: Mapping[str, Path],
    tables: Mapping[str, str | Path],
    real: Sequence[Region],
    **shared: Any,
) -> Contest:
    """Return what is compared of a made set.

    Parameters
    ----------
    manifest : manifest.csv of the set
    truth : segmentations with the true objects, by image of the set (`truth_of_images`)
    tables : of each segmenter, the table that `segment_set` wrote
    real : regions of the real images; what is made of images of one group is one unit
    """
    groups = {region.image: region.group for region in real}
    origins = {row["name"]: row["source"] or row.get("map", "") for row in read_manifest(manifest)}
    return Contest(
        truth=truth,
        found={name: segmentations_of_set(table) for name, table in tables.items()},
        units={name: groups.get(origin, origin or name) for name, origin in origins.items()},
        **_typed(shared),
    )


def truth_of_images(
    manifest: str | Path, segmentations: Paths, maps_of: str | Path | None = None
) -> dict[str, Path]:
    """Return the segmentation with the true objects of each image of a set that has one.

    Parameters
    ----------
    segmentations : of the real images that the set was made of, files named by them
    maps_of : manifest.csv of the drawn label maps that it was made of instead
    """
    if maps_of:
        return exact_truth(manifest, maps_of)
    known = by_image(segmentations)
    sources = {row["name"]: row["source"] for row in read_manifest(manifest)}
    return {name: known[source] for name, source in sources.items() if source in known}


def image_reader(manifest: str | Path, images: Paths) -> Callable[[str], Image]:
    """Return what reads an image by its name: of a set's manifest, or of files named by it."""
    files = files_of_set(manifest, "image") if manifest else by_image(images)
    return lambda name: read_image(files[name])


def by_image(paths: Paths, ending: str = ENDING) -> dict[str, Path]:
    """Return files by the image that they are named by.

    >>> by_image(["results/segmentation/cells/a.ome.tif"])["a"].name
    'a.ome.tif'
    """
    return {Path(path).name.removesuffix(ending): Path(path) for path in paths}


def _typed(shared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shared arguments with paths of tools outside as such."""
    outside = {
        tool: {
            name: {image: Path(path) for image, path in files.items()}
            for name, files in by_object.items()
        }
        for tool, by_object in shared.get("outside", {}).items()
    }
    return {**shared, "outside": outside}
