"""A benchmark's fields from the files of a run: of real images, or of a made set."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cytoforge.images.image import Image
from cytoforge.images.ome import read_image
from cytoforge.images.set_manifest import files_of_set, read_manifest
from cytoforge.metrics.segmenter_benchmark.benchmark_fields import Contest
from cytoforge.segmentation.of_set import segmentations_of_set
from cytoforge.split.region import Region

ENDING = ".ome.tif"
Paths = Iterable[str | Path]


def contest_of_real(
    truth: Paths, found: Sequence[str | Path], segmenters: Sequence[str], **shared: Any
) -> Contest:
    """Return what is compared of real images.

    Parameters
    ----------
    truth, found : segmentations, files named by their image; those found lie in a folder that is
        named by the segmenter
    shared : `objects`, `outside` and `regions` of `Contest`
    """
    of_each = {
        name: by_image(path for path in found if Path(path).parent.name == name)
        for name in segmenters
    }
    return Contest(truth=by_image(truth), found=of_each, **_typed(shared))


def contest_of_set(
    manifest: str | Path,
    truth: Paths,
    tables: Mapping[str, str | Path],
    real: Sequence[Region],
    **shared: Any,
) -> Contest:
    """Return what is compared of a made set.

    Parameters
    ----------
    manifest : manifest.csv of the set
    truth : segmentations of the real images that the set was made of, files named by them
    tables : of each segmenter, the table that `segment_set` wrote
    real : regions of the real images; what is made of images of one group is one unit
    """
    known = by_image(truth)
    groups = {region.image: region.group for region in real}
    sources = {row["name"]: row["source"] for row in read_manifest(manifest)}
    return Contest(
        truth={name: known[source] for name, source in sources.items() if source in known},
        found={name: segmentations_of_set(table) for name, table in tables.items()},
        units={name: groups.get(source, source) for name, source in sources.items() if source},
        **_typed(shared),
    )


def image_reader(manifest: str | Path, images: Paths) -> Callable[[str], Image]:
    """Return what reads an image by its name: of a set's manifest, or of files named by it."""
    files = files_of_set(manifest, "image") if manifest else by_image(images)
    return lambda name: read_image(files[name])


def by_image(paths: Paths) -> dict[str, Path]:
    """Return files by the image that they are named by.

    >>> by_image(["results/segmentation/cells/a.ome.tif"])["a"].name
    'a.ome.tif'
    """
    return {Path(path).name.removesuffix(ENDING): Path(path) for path in paths}


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
