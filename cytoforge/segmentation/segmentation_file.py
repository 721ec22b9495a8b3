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
from cytoforge.segmentation.classes import ClassPlane
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation

# OME's pixel types reach 32 bits, and 16 bits end at 65,535 cells, fewer than a slide holds.
_DTYPE = np.int32
_MILLIONTHS = 1_000_000


def write_segmentation(
    path: str | Path, segmentation: Segmentation, pixel_size_um: float | None = None
) -> None:
    """Write an OME-TIFF, int32 (planes, Y, X), lossless, the same bytes for the same segmentation.

    Channels carry the names of the planes; `nuclei class` and `nuclei certainty` (in millionths)
    follow where nuclei have classes, `nuclei confidence` where the method says how sure it is of
    each. Diameters (px), method, names of classes, and the kind of
    objects whose name does not tell it stand as JSON in the image's Description.
    """
    named = _stored(segmentation)
    planes = np.stack(list(named.values()), dtype=_DTYPE, casting="unsafe")
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
        stored = dict(zip(names, arrays, strict=True))
        known = facts.get("classes", {})
        beside = {plane for name in known for plane in _class_planes(name)}
        beside |= {_confidence_plane(name) for name in facts.get("confidence", [])}
        objects = {n: _plane(n, stored, facts) for n in names if n not in beside}
        return Segmentation(objects, str(facts["method"]))
    except (TypeError, ValueError, AttributeError, KeyError) as problem:
        raise _not_ours(path, f"a description with {problem}") from problem


def _facts_of(segmentation: Segmentation) -> dict[str, Any]:
    """Return what arrays and names do not tell."""
    facts: dict[str, Any] = {"method": segmentation.method}
    for name, plane in segmentation.objects.items():
        if plane.diameter_px is not None:
            facts[_diameter_key(name)] = plane.diameter_px
        if plane.classes is not None:
            facts.setdefault("classes", {})[name] = list(plane.classes.names)
        if plane.confidence is not None:
            facts.setdefault("confidence", []).append(name)
        if usual_type(name) != ObjectType(plane.kind, plane.within):
            described = {"kind": plane.kind, "within": plane.within}
            facts.setdefault("objects", {})[name] = described
    return facts


def _stored(segmentation: Segmentation) -> dict[str, np.ndarray]:
    """Return what is written, by the name of the channel."""
    stored = {name: plane.array for name, plane in segmentation.objects.items()}
    for name, plane in segmentation.objects.items():
        if plane.classes is not None:
            classes, certainty = _class_planes(name)
            stored[classes] = plane.classes.codes
            stored[certainty] = np.rint(plane.classes.certain.astype(np.float64) * _MILLIONTHS)
        if plane.confidence is not None:
            millionths = np.rint(plane.confidence.astype(np.float64) * _MILLIONTHS)
            stored[_confidence_plane(name)] = millionths
    return stored


def _class_planes(name: str) -> tuple[str, str]:
    return f"{name} class", f"{name} certainty"


def _confidence_plane(name: str) -> str:
    return f"{name} confidence"


def _plane(name: str, stored: dict[str, np.ndarray], facts: dict[str, Any]) -> ObjectPlane:
    described = facts.get("objects", {}).get(name)
    kind = ObjectType(described["kind"], described["within"]) if described else usual_type(name)
    diameter = facts.get(_diameter_key(name))
    return ObjectPlane(
        stored[name].astype(bool if kind.kind == "mask" else np.int32),
        None if diameter is None else float(diameter),
        kind.within,
        _classes(name, stored, facts),
        _confidence(name, stored, facts),
    )


def _classes(name: str, stored: dict[str, np.ndarray], facts: dict[str, Any]) -> ClassPlane | None:
    names = facts.get("classes", {}).get(name)
    if names is None:
        return None
    codes, certain = (stored[plane] for plane in _class_planes(name))
    fractions = (certain / _MILLIONTHS).astype(np.float32)
    return ClassPlane(tuple(map(str, names)), codes.astype(np.uint8), fractions)


def _confidence(
    name: str, stored: dict[str, np.ndarray], facts: dict[str, Any]
) -> np.ndarray | None:
    if name not in facts.get("confidence", []):
        return None
    return (stored[_confidence_plane(name)] / _MILLIONTHS).astype(np.float32)


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
