"""Segmentations on disk: one OME-TIFF with the planes nuclei, cells and gap."""

import hashlib
import json
import uuid
from pathlib import Path

import numpy as np
import tifffile

from cytoforge.errors import UserError
from cytoforge.images.ome_xml import parse_xml
from cytoforge.jobs.atomic import atomic_path
from cytoforge.segmentation.segmentation import Segmentation

PLANES = ("nuclei", "cells", "gap")
# OME's pixel types reach 32 bits, and 16 bits end at 65,535 cells, fewer than a slide holds.
_DTYPE = np.int32


def write_segmentation(
    path: str | Path, segmentation: Segmentation, pixel_size_um: float | None = None
) -> None:
    """Write an OME-TIFF, int32 (3, Y, X), lossless, the same bytes for the same segmentation.

    Diameters (px) and method stand as JSON in the image's Description.
    """
    planes = np.stack([getattr(segmentation, plane) for plane in PLANES]).astype(_DTYPE)
    facts = {
        "nucleus_diameter_px": segmentation.nucleus_diameter_px,
        "cell_diameter_px": segmentation.cell_diameter_px,
        "method": segmentation.method,
    }
    metadata: dict[str, object] = {
        "axes": "CYX",
        # tifffile draws a random UUID otherwise, and the bytes would differ from run to run.
        "UUID": f"urn:uuid:{uuid.UUID(bytes=hashlib.sha256(planes.tobytes()).digest()[:16])}",
        "Channel": {"Name": list(PLANES)},
        "Description": json.dumps(facts, sort_keys=True, allow_nan=False),
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
            planes, xml = tiff.asarray(), tiff.ome_metadata
    except (OSError, ValueError) as problem:
        raise _not_ours(path, str(problem)) from problem
    if xml is None or planes.ndim != 3 or len(planes) != len(PLANES):
        raise _not_ours(path, f"an array of shape {planes.shape}")
    facts = _facts(path, xml)
    nuclei, cells, gap = planes
    return Segmentation(
        nuclei=nuclei.astype(np.int32),
        cells=cells.astype(np.int32),
        gap=gap.astype(bool),
        nucleus_diameter_px=float(facts["nucleus_diameter_px"]),
        cell_diameter_px=float(facts["cell_diameter_px"]),
        method=str(facts["method"]),
    )


def _facts(path: str | Path, xml: str) -> dict[str, str | float]:
    element = parse_xml(str(path), xml).find("{*}Image/{*}Description")
    try:
        facts = json.loads((element.text if element is not None else None) or "")
    except json.JSONDecodeError as problem:
        raise _not_ours(path, "an OME-TIFF without our description") from problem
    missing = {"nucleus_diameter_px", "cell_diameter_px", "method"} - set(facts)
    if missing:
        raise _not_ours(path, f"no {', '.join(sorted(missing))} in its description")
    return facts


def _not_ours(path: str | Path, found: str) -> UserError:
    return UserError(
        where=str(path),
        expected="a segmentation written by cytoforge (nuclei, cells, gap)",
        found=found,
        fix="remove the file and run the workflow again; "
        "own label images belong into samples.tsv with `method: labels`",
    )
