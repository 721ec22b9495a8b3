"""Segmentations on disk: one OME-TIFF with a plane per name of objects."""

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from cytoforge.config.objects import ObjectType, singular, usual_type
from cytoforge.errors import UserError
from cytoforge.images.ome_xml import channel_names, parse_xml
from cytoforge.jobs.atomic import atomic_path
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation

# OME's pixel types reach 32 bits, and 16 bits end at 65,535 cells, fewer than a slide holds.
_DTYPE = np.int32


def write_segmentation(
    path: str | Path, segmentation: Segmentation, pixel_size_um: float | None = None
) -> None:
    """Write an OME-TIFF, int32 (planes, Y, X), lossless, the same bytes for the same segmentation.

    Channels carry the names of the planes. Diameters (px), method, and the kind of objects whose
    name does not tell it stand as JSON in the image's Description.
    """
    named = segmentation.objects
    planes = np.stack([plane.array for plane in named.values()], dtype=_DTYPE, casting="unsafe")
    digest = hashlib.sha256(planes.reshape(-1).data).digest()
    metadata: dict[str, object] = {
        "axes": "CYX",
        # tifffile draws a random UUID otherwise, and the bytes would differ from run to run.
        "UUID": f"urn:uuid:{uuid.UUID(bytes=digest[:16])}",
        "Channel": {"Name": list(named)},
        "Description": json.dumps(_facts_of(segmentation), sort_keys=True, allow_nan=False),
    }
    per_cm = 10_000 / pixel_size_um if pixel_size_um else 0.0
    if pixel_size_um is not None:
        metadata |= {"PhysicalSizeX": pixel_size_um, "PhysicalSizeXUnit": "µm"}
        metadata |= {"PhysicalSizeY": pixel_size_um, "PhysicalSizeYUnit": "µm"}
    with atomic_path(path) as temporary:
        tifffile.imwrite(
            temporary,
            planes,
            ome=True,
            photometric="minisblack",
            compression="zlib",
            predictor=True,
            software="cytoforge",
            metadata=metadata,
            resolution=(per_cm, per_cm) if per_cm else None,
            resolutionunit="CENTIMETER" if per_cm else None,
        )


def read_segmentation(path: str | Path) -> Segmentation:
    """Read a file of `write_segmentation`; UserError when it is none."""
    try:
        with tifffile.TiffFile(path) as tiff:
            arrays, xml = tiff.asarray(), tiff.ome_metadata
    except (OSError, ValueError) as problem:
        raise _not_ours(path, str(problem)) from problem
    if xml is None or arrays.ndim not in (2, 3):
        raise _not_ours(path, f"an array of shape {arrays.shape}")
    facts = _read_facts(path, xml)
    names = channel_names(xml)
    arrays = arrays.reshape(-1, *arrays.shape[-2:])  # one plane alone comes back as (Y, X)
    if len(set(names)) != len(arrays):
        raise _not_ours(path, f"{len(arrays)} planes with the names {', '.join(names)}")
    try:
        objects = {n: _plane(n, a, facts) for n, a in zip(names, arrays, strict=True)}
        return Segmentation(objects, str(facts["method"]))
    except (TypeError, ValueError, AttributeError, KeyError) as problem:
        raise _not_ours(path, f"a description with {problem}") from problem


def _facts_of(segmentation: Segmentation) -> dict[str, Any]:
    """Return what arrays and names do not tell."""
    facts: dict[str, Any] = {"method": segmentation.method}
    for name, plane in segmentation.objects.items():
        if plane.diameter_px is not None:
            facts[_diameter_key(name)] = plane.diameter_px
        if usual_type(name) != ObjectType(plane.kind, plane.within):
            described = {"kind": plane.kind, "within": plane.within}
            facts.setdefault("objects", {})[name] = described
    return facts


def _plane(name: str, array: np.ndarray, facts: dict[str, Any]) -> ObjectPlane:
    described = facts.get("objects", {}).get(name)
    kind = ObjectType(described["kind"], described["within"]) if described else usual_type(name)
    diameter = facts.get(_diameter_key(name))
    return ObjectPlane(
        array.astype(bool if kind.kind == "mask" else np.int32),
        None if diameter is None else float(diameter),
        kind.within,
    )


def _diameter_key(name: str) -> str:
    return f"{singular(name)}_diameter_px"


def _read_facts(path: str | Path, xml: str) -> dict[str, Any]:
    element = parse_xml(str(path), xml).find("{*}Image/{*}Description")
    try:
        facts = json.loads((element.text if element is not None else None) or "")
    except json.JSONDecodeError as problem:
        raise _not_ours(path, "an OME-TIFF without our description") from problem
    if not isinstance(facts, dict) or "method" not in facts:
        raise _not_ours(path, "no method in its description")
    return facts


def _not_ours(path: str | Path, found: str) -> UserError:
    return UserError(
        where=str(path),
        expected="a segmentation written by cytoforge",
        found=found,
        fix="remove the file and run the workflow again; "
        "own label images belong into samples.tsv with `method: labels`",
    )
