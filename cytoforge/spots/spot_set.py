"""Make a set of images of spots, with their label maps, coordinates and provenance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tifffile

from cytoforge import __version__
from cytoforge.config.images import NormalisationConfig
from cytoforge.config.spots import SpotsConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.normalise import channel_ranges
from cytoforge.images.ome import write_image
from cytoforge.images.ome_xml import physical_size
from cytoforge.images.set_manifest import read_manifest, write_manifest
from cytoforge.jobs.provenance import hash_settings, sha256_file
from cytoforge.references.label_map_file import write_label_map
from cytoforge.seeds import derive_seed, generator
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.segmentation.spot_disks import spot_disks
from cytoforge.spots.camera import expose
from cytoforge.spots.optics import optics_of
from cytoforge.spots.positions import Spots, draw_spots, lit_objects
from cytoforge.spots.spot_file import write_spots


@dataclass(frozen=True)
class SpotRequest:
    """What spots are drawn in.

    Attributes
    ----------
    set_name : the set's name in the config, which seeds are derived from
    objects : segmentations by the name of the map that they are the objects of
    sources : the real image behind a map, by its name; "" and others: none
    pixel_size_um : of maps whose file does not tell it
    codes : of a pixel without and with a spot in the label map
    """

    set_name: str
    objects: Mapping[str, Path]
    sources: Mapping[str, str] = field(default_factory=dict)
    pixel_size_um: float | None = None
    codes: tuple[int, int] = (0, 1)


def objects_of_maps(
    manifest: str | Path | None, segmentations: Sequence[str | Path]
) -> tuple[dict[str, Path], dict[str, str]]:
    """Return the objects of label maps by their names, and the real images behind them.

    Parameters
    ----------
    manifest : of a set of label maps with exact objects; None for real images
    segmentations : of the real images
    """
    if manifest is None:
        named = {Path(path).name.removesuffix(".ome.tif"): Path(path) for path in segmentations}
        return named, {name: name for name in named}
    rows = read_manifest(manifest)
    return (
        {row["name"]: Path(row["objects"]) for row in rows},
        {row["name"]: row.get("source", "") for row in rows},
    )


def make_spot_set(
    request: SpotRequest,
    output: str | Path,
    config: SpotsConfig,
    normalisation: NormalisationConfig,
    *,
    seed: int,
) -> None:
    """Write per map `fields/{name}.ome.tif`, `{name}_labels.tif`, `{name}_spots.csv`; manifest.csv.

    Images have the names of the maps: a set of cells of the same maps can be added (`sum`).
    """
    if not request.objects:
        raise UserError(
            where=f"sets.{request.set_name}.maps",
            expected="at least one map with objects",
            found="none",
            fix="name a set with label maps, or another `split`",
        )
    rows = _rows(request, Path(output), config, normalisation, seed)
    write_manifest(output, list(rows))


def _rows(
    request: SpotRequest,
    output: Path,
    config: SpotsConfig,
    normalisation: NormalisationConfig,
    seed: int,
) -> Iterator[dict[str, str]]:
    for name, path in request.objects.items():
        where = f"sets.{request.set_name}, map {name}"
        found = read_segmentation(path)
        size = pixel_size_of(path) or request.pixel_size_um
        optics = optics_of(config, size, where)
        own_seed = derive_seed(seed, "spots", request.set_name, name)
        spots = draw_spots(found, config, generator(own_seed, "positions"))
        lit = lit_objects(found, config)
        shot = expose(spots, lit, optics, config, generator(own_seed, "camera"))
        print(f"{name}: {len(spots)} spots, σ {optics.sigma_px:.2f} px")
        if shot.saturated:
            print(f"{name}: {shot.saturated:.2%} of the pixels are at the highest value")
        pixels = shot.pixels[None]
        ranges = _ranges(pixels, normalisation)
        image = Image(name, pixels, (config.channel,), ranges, size)
        made_from = {
            "map": name,
            "objects": path.as_posix(),
            "seed": str(own_seed),
            "settings": hash_settings(config.model_dump(mode="json")),
            "sigma_px": f"{optics.sigma_px:.6g}",
            "pedestal": f"{config.pedestal:.6g}",
            "gain": f"{config.gain:.6g}",
            "n_spots": str(len(spots)),
            "saturated": f"{shot.saturated:.6f}",
            "cytoforge": __version__,
        }
        yield _write(output, image, spots, config, request, made_from)


def _write(
    output: Path,
    image: Image,
    spots: Spots,
    config: SpotsConfig,
    request: SpotRequest,
    made_from: dict[str, str],
) -> dict[str, str]:
    """Write the files of one map; return its row of the manifest."""
    name = image.name
    files = {
        "image": f"fields/{name}.ome.tif",
        "labels": f"fields/{name}_labels.tif",
        "spots": f"fields/{name}_spots.csv",
    }
    disks = spot_disks(spots.points, image.shape, config.mask_radius_px)
    ground, spot = request.codes
    codes = (disks > 0) * (spot - ground) + ground
    write_image(output / files["image"], image, made_from)
    write_label_map(output / files["labels"], codes.astype("uint8"), image.pixel_size_um)
    write_spots(output / files["spots"], spots)
    sums = {f"{key}_sha256": sha256_file(output / file) for key, file in files.items()}
    return {"name": name, **files, **sums, "source": request.sources.get(name, ""), **made_from}


def _ranges(pixels: Any, normalisation: NormalisationConfig) -> tuple[ChannelRange, ...]:
    """Return the grey range; of an image without light or noise that of its type."""
    if pixels.min() == pixels.max():
        return channel_ranges(pixels, NormalisationConfig(method="none"))
    return channel_ranges(pixels, normalisation)


def pixel_size_of(path: str | Path) -> float | None:
    """Return the size of a pixel (µm) that a segmentation's file tells, or None."""
    with tifffile.TiffFile(path) as tiff:
        xml = tiff.ome_metadata
    size = physical_size(xml) if xml else None
    return size[1] if size else None
