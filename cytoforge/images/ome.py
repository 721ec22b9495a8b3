"""The canonical file of an image: an OME-TIFF that any viewer opens, the same bytes every time."""

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from cytoforge.errors import UserError
from cytoforge.images.formats import tiff as tiff_format
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome_xml import parse_xml
from cytoforge.images.raw import readable
from cytoforge.jobs.atomic import atomic_path

NAMESPACE = "cytoforge/image"
PROVENANCE_NAMESPACE = "cytoforge/provenance"
# 256 px tiles: a viewer shows a corner of a slide without reading the rest.
TILE_PX = 256
# Classic TIFF addresses 4 GiB; above this, BigTIFF.
CLASSIC_LIMIT = 4_000_000_000


def write_image(path: str | Path, image: Image, provenance: dict[str, str] | None = None) -> None:
    """Write an image with its names, pixel size, ranges and provenance, atomically.

    Losslessly compressed (deflate), axes CYX. The same image and provenance give the same bytes:
    there is no time in the file, and its UUID is a digest of its content.

    Parameters
    ----------
    provenance : free keys and values, e.g. seed, weights hash, source label map
    """
    metadata = _metadata(image, provenance or {})
    resolution: dict[str, Any] = {}
    if image.pixel_size_um:
        per_cm = 1e4 / image.pixel_size_um
        resolution = {"resolution": (per_cm, per_cm), "resolutionunit": "CENTIMETER"}
    with atomic_path(path) as temporary:
        tifffile.imwrite(
            temporary,
            image.pixels,
            ome=True,
            bigtiff=image.pixels.nbytes > CLASSIC_LIMIT,
            photometric="minisblack",
            tile=(TILE_PX, TILE_PX),
            compression="zlib",
            predictor=True,
            metadata=metadata,
            **resolution,
        )


def _metadata(image: Image, provenance: dict[str, str]) -> dict[str, Any]:
    channels = [
        {"name": name, "low": scale.low, "high": scale.high, "method": scale.method}
        for name, scale in zip(image.channels, image.ranges, strict=True)
    ]
    own = {"name": image.name, "channels": json.dumps(channels, allow_nan=False)}
    if image.pixel_size_um:
        own["pixel_size_um"] = repr(float(image.pixel_size_um))
    if image.shading:
        own["shading"] = image.shading
    maps: list[dict[str, Any]] = [{"Namespace": NAMESPACE, "Value": own}]
    if provenance:
        plain = {_xml_text(key): _xml_text(value) for key, value in provenance.items()}
        maps.append({"Namespace": PROVENANCE_NAMESPACE, "Value": plain})
    digest = hashlib.sha256(json.dumps(maps).encode())
    digest.update(str(image.pixels.shape).encode() + image.pixels.tobytes())
    metadata: dict[str, Any] = {
        "axes": "CYX",
        "Name": image.name,
        "Channel": {"Name": list(image.channels)},
        "MapAnnotation": maps,
        "UUID": str(uuid.UUID(bytes=digest.digest()[:16], version=4)),
    }
    if image.pixel_size_um:
        for axis in "XY":
            metadata[f"PhysicalSize{axis}"] = image.pixel_size_um
            metadata[f"PhysicalSize{axis}Unit"] = "µm"
    return metadata


def _xml_text(text: str) -> str:
    """Replace what XML cannot hold: control characters, and bytes of names that are not UTF-8."""
    whole = text.encode("utf-8", "replace").decode()
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", whole)


def read_image(path: str | Path) -> Image:
    """Read a file of `write_image`.

    Raises
    ------
    UserError : no such file, damaged, or not written by cytoforge
    """
    own = _annotations(path).get(NAMESPACE)
    if own is None:
        raise UserError(
            str(path), "an image of the images stage", "another TIFF", "run the images stage on it"
        )
    channels = json.loads(own["channels"])
    names = tuple(channel["name"] for channel in channels)
    with readable(str(path)):
        pixels = tiff_format.read(str(path), {}, max_megapixels=float("inf")).pixels
    size = own.get("pixel_size_um")
    return Image(
        name=own["name"],
        pixels=np.ascontiguousarray(pixels),
        channels=names,
        ranges=tuple(ChannelRange(c["low"], c["high"], c["method"]) for c in channels),
        pixel_size_um=float(size) if size else None,
        shading=own.get("shading", ""),
    )


def read_provenance(path: str | Path) -> dict[str, str]:
    """Return the provenance a file was written with; empty when it has none."""
    return _annotations(path).get(PROVENANCE_NAMESPACE, {})


def read_shape(path: str | Path) -> tuple[int, int]:
    """Return height and width in pixels, from the header alone."""
    with _opened(path) as tiff:
        height, width = tiff.pages.first.shape[-2:]
    return int(height), int(width)


def _annotations(path: str | Path) -> dict[str, dict[str, str]]:
    """Return the key-value annotations of an OME-TIFF by namespace."""
    with _opened(path) as tiff:
        xml = tiff.ome_metadata
    maps: dict[str, dict[str, str]] = {}
    for node in parse_xml(str(path), xml).iter() if xml else ():
        if node.tag.endswith("}MapAnnotation"):
            entries = (item for item in node.iter() if item.tag.endswith("}M"))
            maps[node.get("Namespace", "")] = {m.get("K", ""): m.text or "" for m in entries}
    return maps


@contextmanager
def _opened(path: str | Path) -> Iterator[tifffile.TiffFile]:
    try:
        with tifffile.TiffFile(path) as tiff:
            yield tiff
    except FileNotFoundError as error:
        raise UserError(
            str(path), "an image of the images stage", "no such file", "run the images stage"
        ) from error
    except Exception as error:
        raise UserError(
            str(path),
            "a whole OME-TIFF",
            f"{type(error).__name__}: {error}",
            "delete it, run again",
        ) from error
