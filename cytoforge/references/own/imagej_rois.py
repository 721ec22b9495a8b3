"""Outlines drawn in ImageJ or Fiji: one ROI (.roi), or a set of its ROI Manager (.zip)."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from roifile import ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from cytoforge.errors import UserError
from cytoforge.references.own.outlines import Outline

AREAS = {ROI_TYPE.POLYGON, ROI_TYPE.RECT, ROI_TYPE.OVAL, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED}
NO_AREAS = {ROI_SUBTYPE.TEXT, ROI_SUBTYPE.ARROW, ROI_SUBTYPE.IMAGE}
# Unpacked; a ROI of 10,000 corners has 80 kB.
MOST_BYTES = 256_000_000
# A polygon of so many corners stays within 1/25,000 of an oval's radius.
_CORNERS = 360


def read_rois(path: Path, where: str) -> list[Outline]:
    """Return the ROIs of a file in its order.

    A ROI's class is told by its name, by its name without the number that the ROI Manager puts
    behind equal ones (`tumour-1`), or by the number of its group. The corners of rounded rectangles
    are taken as square.

    Raises
    ------
    UserError : no such file, or ROIs without an area (points, lines, text)
    """
    outlines, without = [], []
    for name, data in _files(path, where):
        try:
            roi = ImagejRoi.frombytes(data)
            areas = _rings(roi)
        except Exception as problem:  # of a broken file anything
            found = f"{name}: {type(problem).__name__}: {problem}"
            raise UserError(where, "ROIs of ImageJ", found, "save them again") from problem
        label = roi.name or Path(name).stem
        if not areas:
            without.append(f"{label} ({roi.roitype.name.lower()})")
            continue
        group = (str(roi.group),) if roi.group else ()
        outlines.append(Outline((label, re.sub(r"-\d+$", "", label), *group), (areas,)))
    if without:
        raise UserError(
            where,
            "ROIs with an area: polygons, freehand, traced, rectangles, ovals and what is made"
            " of them",
            f"{len(without)} without: {', '.join(without[:5])}" + ", …" * (len(without) > 5),
            "remove them from the set, or turn them into areas",
        )
    return outlines


def _files(path: Path, where: str) -> Iterator[tuple[str, bytes]]:
    """Yield the ROIs of a file by name, never more than the bytes that are allowed."""
    if path.suffix.lower() == ".roi":
        if path.stat().st_size > MOST_BYTES:
            raise _too_large(where, path.stat().st_size)
        yield path.name, path.read_bytes()
        return
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.endswith(".roi")]
            total = sum(entry.file_size for entry in entries)
            if total > MOST_BYTES:
                raise _too_large(where, total)
            for entry in entries:
                with archive.open(entry) as file:
                    yield entry.filename, file.read(entry.file_size)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as problem:
        raise UserError(
            where, "a set of ROIs (.zip)", f"{type(problem).__name__}: {problem}", "save it again"
        ) from problem


def _too_large(where: str, size: int) -> UserError:
    limit = f"ROIs of at most {MOST_BYTES // 10**6} MB"
    return UserError(where, limit, f"{size // 10**6:,} MB", "is it the right file?")


def _rings(roi: ImagejRoi) -> tuple[np.ndarray, ...]:
    """Return the rings of a ROI's area, (n, 2) float64 x and y; none of what has no area."""
    if roi.roitype not in AREAS or roi.subtype in NO_AREAS:
        return ()
    found: Any
    if roi.composite:
        found = roi.coordinates(multi=True)
    elif roi.roitype in (ROI_TYPE.RECT, ROI_TYPE.OVAL):
        found = [_in_box(roi)]
    else:
        found = [roi.coordinates()]
    rings = tuple(np.asarray(ring, np.float64) for ring in found if len(ring) >= 3)
    if not all(np.isfinite(ring).all() for ring in rings):
        raise ValueError("coordinates that are no numbers")
    return rings


def _in_box(roi: ImagejRoi) -> np.ndarray:
    """Return the corners of a rectangle, or of an oval."""
    if roi.subpixelrect:
        left, top, width, height = roi.xd, roi.yd, roi.widthd, roi.heightd
    else:
        left, top, width, height = roi.left, roi.top, roi.right - roi.left, roi.bottom - roi.top
    if roi.roitype == ROI_TYPE.RECT:
        unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float64)
    else:
        angle = np.arange(_CORNERS) * (2 * np.pi / _CORNERS)
        unit = 0.5 + 0.5 * np.stack([np.cos(angle), np.sin(angle)], -1)
    return unit * (width, height) + (left, top)
