"""Reading what a translation is scored from: the test regions of fields and of their nuclei."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import NoCellsError, UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import read_image
from cytoforge.images.set_manifest import read_manifest
from cytoforge.metrics.translation.photo_files import (
    Nuclei,
    box_of,
    field_name,
    found_nuclei,
    partner,
    photos,
)
from cytoforge.metrics.translation.translation_fields import Finder, Found, Photo, Translation
from cytoforge.references.points import read_points
from cytoforge.segmentation.centroid_matching import centroids
from cytoforge.segmentation.of_set import segmentations_of_set
from cytoforge.segmentation.registry import segment
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.split.region import Region
from cytoforge.split.regions_file import read_regions

RGB = ("red", "green", "blue")


@dataclass(frozen=True)
class TranslationInputs:
    """Files of one direction of a translator.

    Attributes
    ----------
    manifest : manifest.csv of the set of translations, whose rows name their source
    images : canonical images by name: sources, images of the wanted domain, partners
    target : names of the images of the wanted domain
    regions : the split's CSV; the test regions are scored
    found : segmentations of real images by segmenter and image
    found_again : table of the segmentations of the translations, by segmenter
    partners : names of the images of the same places in the wanted domain, by source
    registered : whether partners are laid onto the source first, as the data set's tiles were
    back : manifest.csv of the set translated back, where there is one
    points : true nuclei by source, row and column in px, (n, 2)
    truth : segmentations of true nuclei by source
    second_stain : beside haematoxylin in the target
    """

    manifest: Path
    images: Mapping[str, Path]
    target: Sequence[str]
    regions: Path
    found: Mapping[str, Mapping[str, Path]]
    found_again: Mapping[str, Path]
    partners: Mapping[str, str] = field(default_factory=dict)
    registered: bool = False
    back: Path | None = None
    points: Mapping[str, np.ndarray] = field(default_factory=dict)
    truth: Mapping[str, Path] = field(default_factory=dict)
    second_stain: str = "eosin"


@dataclass(frozen=True)
class ReadTranslation:
    """translation : what is scored; labels : true nuclei (Y, X) by the field's name; strip : files
    of source, translation and a real image, to be shown."""

    translation: Translation
    labels: Mapping[str, np.ndarray]
    strip: list[dict[str, str]]


def read_translation(inputs: TranslationInputs) -> ReadTranslation:
    """Read the test regions of every source that was translated, and of the wanted domain.

    Raises UserError where nothing translated, or nothing real, lies in a test region.
    """
    regions = [region for region in read_regions(inputs.regions) if region.split == "test"]
    made = {row["source"]: Path(row["image"]) for row in read_manifest(inputs.manifest)}
    rows = read_manifest(inputs.back) if inputs.back else []
    back = {row["source"]: Path(row["image"]) for row in rows}
    again: Nuclei = {
        name: _by_source(table, inputs.manifest) for name, table in inputs.found_again.items()
    }
    places = [region for region in regions if region.image in made]
    wanted = [region for region in regions if region.image in inputs.target]
    if not places or not wanted:
        raise _nothing_to_score(inputs.manifest, bool(places))
    labels = _true_labels(inputs, places)
    partners, residual_px = _partners(inputs, places)
    translation = Translation(
        source=list(photos(places, inputs.images, inputs.found)),
        made=list(photos(places, made, again)),
        target=list(photos(wanted, inputs.images, {})),
        partners=partners,
        residual_px=residual_px,
        cycled={p.name: p.rgb for p in photos([r for r in places if r.image in back], back, {})},
        truth=_points(inputs, places, labels),
        second_stain=inputs.second_stain,
    )
    strip = [
        {"source": str(inputs.images[name]), "made": str(made[name])}
        | {"real": str(inputs.images[inputs.partners.get(name, wanted[k % len(wanted)].image)])}
        for k, name in enumerate(dict.fromkeys(region.image for region in places))
    ]
    return ReadTranslation(translation, labels, strip)


def _partners(
    inputs: TranslationInputs, places: Sequence[Region]
) -> tuple[dict[str, Photo], dict[str, float]]:
    """Return the partner of each field that has one, and what registration left between them."""
    found, residual_px = {}, {}
    for region in places:
        if region.image not in inputs.partners:
            continue
        name, other = field_name(region, places), inputs.partners[region.image]
        found[name], placed = partner(region, other, inputs.images, inputs.found, inputs.registered)
        if placed is not None:
            residual_px[name] = placed.residual_px
            print(
                f"{other} on {name}: turned {placed.degrees:.2f}°, moved {placed.down_px:.1f} px"
                f" down and {placed.right_px:.1f} px right; {placed.residual_px:.1f} px are left"
            )
    return found, residual_px


def finder(config: SegmentationBase, pixel_size_um: float | None) -> Finder:
    """Return a segmenter of photographs, for fields that are recoloured while they are scored."""

    def find(rgb: np.ndarray) -> Found:
        pixels = np.ascontiguousarray(np.moveaxis(rgb, -1, 0))
        ranges = (ChannelRange(0.0, 255.0),) * len(RGB)
        try:
            image = Image("recoloured", pixels, RGB, ranges, pixel_size_um)
            return found_nuclei(segment(image, config))
        except NoCellsError:
            return np.zeros(rgb.shape[:2], np.int32), np.empty(0)

    return find


def points_of_files(files: Mapping[str, Path], images: Mapping[str, Path]) -> dict[str, np.ndarray]:
    """Return the true nuclei of images, row and column in px, (n, 2) each.

    files : files of points by image, as column `points` of samples.tsv names them

    Raises UserError where a file is not one of points, or an image does not know its pixel size.
    """
    found = {}
    for name, path in files.items():
        image = read_image(images[name])
        if image.pixel_size_um is None:
            raise UserError(
                f"image {name}, which has a file in column `points`",
                "a pixel size: points are in micrometres",
                "none",
                "fill column `pixel_size_um` of samples.tsv, or set `images.pixel_size_um`",
            )
        points = read_points(path, name, image.shape, image.pixel_size_um, "column `points`")
        found[name] = points_px(points.xy_um, image.pixel_size_um)
    return found


def points_px(xy_um: np.ndarray, pixel_size_um: float) -> np.ndarray:
    """Return points in µm from an image's upper left corner (x, y) as row and column in px.

    A pixel's middle has its index, and lies half a pixel from its edge.

    >>> points_px(np.array([[0.25, 1.25]]), 0.5).tolist()
    [[2.0, 0.0]]
    """
    found: np.ndarray = xy_um[:, ::-1] / pixel_size_um - 0.5
    return found


def _by_source(table: Path, manifest: Path) -> dict[str, Path | str]:
    sources = {row["name"]: row["source"] for row in read_manifest(manifest)}
    return {sources[name]: file for name, file in segmentations_of_set(table).items()}


def _points(
    inputs: TranslationInputs, places: Sequence[Region], labels: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the true points of each field, those of true labels where there are no others."""
    found = {name: centroids(drawn) for name, drawn in labels.items()}
    for region in places:
        if region.image in inputs.points:
            points = inputs.points[region.image].reshape(-1, 2) - (region.row0, region.col0)
            size = (region.row1 - region.row0, region.col1 - region.col0)
            inside = ((points >= -0.5) & (points < np.array(size) - 0.5)).all(1)
            found[field_name(region, places)] = points[inside]
    return found


def _true_labels(inputs: TranslationInputs, places: Sequence[Region]) -> dict[str, np.ndarray]:
    return {
        field_name(region, places): found_nuclei(
            read_segmentation(inputs.truth[region.image]), box_of(region)
        )[0]
        for region in places
        if region.image in inputs.truth
    }


def _nothing_to_score(manifest: Path, translated: bool) -> UserError:
    lacking = "image of the wanted domain" if translated else "translated image"
    return UserError(
        where=f"scores of {manifest.parent.name}",
        expected="translated images, and real images of the wanted domain, in test regions",
        found=f"no {lacking} in a test region",
        fix="let the split give both domains test images, e.g. `split.by: blocks`, or a column"
        " `split` in samples.tsv",
    )
