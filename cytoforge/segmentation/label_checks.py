"""Whether a label image has instances: masks become some, what only looks like it is refused."""

import numpy as np
from scipy import ndimage

from cytoforge.errors import UserError
from cytoforge.segmentation.label_pieces import (
    Pieces,
    crumbled,
    holes_of,
    pieces_of,
    scattered_pieces,
)

# Measured on 169 label images with 9,185 objects (dsb2018 with its histology, phase_t98g with its
# series, stardist_2d): 137 objects have several pieces, 3 of them one of a fifth of the largest or
# more, which lies 0.13, 0.23 and 0.35 of the largest's longer side away. With these thresholds all
# 169 stay as they are, as do 572 crops of 96 px, single objects, objects cut by lines of 2 px, with
# three stray pixels per object, and grown until no background is left. Refused are of 163 with five
# objects or more: 163 with a ground of 255, 162 inverted masks; of 149 as two classes 148, as three
# 149; with ids that wrap at 20 120 of 120, that are cut off at 20 115 of 120.
COMPARABLE, APART = 0.2, 0.5
# A line as wide as this may cut an object, such as a seam of stitching.
LINE_PX = 4
# Lines cut no object into so many that lie apart, and nothing cuts one into so many at all.
MANY_PIECES, CRUMBS = 4, 10
# One duplicate among so many ids is a slip of whoever drew them; more, or in a short list, are not.
MANY_IDS = 50
# Ids that reach the end of a type have wrapped or were clipped there: where cells touch, all that
# were clipped are one.
ENDS, CLIPPED_AREAS = (255, 65_535), 10
# A labelled object with stray pixels is no mask of objects: these are all but nothing of its area.
STRAY_PX, STRAY_FRACTION = 20, 0.01
# The ground lies around objects. In tissue without any, the largest cell is not as large as ten.
GROUND_AREAS, GROUND_FRAME, LEAST_FRAME = 10, 0.9, 0.25
# Of an outline most is missing inside: holes of this part of its own area. A gap among cells is a
# hole of none of them, and one in a mask of tissue is a single one.
HOLLOW, FEWEST_HOLES = 0.5, 2


def as_instances(labels: np.ndarray, where: str) -> tuple[np.ndarray, str]:
    """Return instance labels, int64 (Y, X), and a notice where they are the pieces of a mask.

    Parameters
    ----------
    labels : int64 (Y, X), none below 0, not all 0
    where : the file, for messages

    Raises
    ------
    UserError : a background that is not 0; outlines; classes, or ids that wrapped: several
        comparable pieces of one id that lie apart
    """
    pieces = pieces_of(labels)
    values = np.unique(pieces.value)
    ground = _ground(labels, pieces, values)
    if ground is not None:
        share, zeros = np.mean(labels == ground), np.mean(labels == 0)
        raise UserError(
            where,
            "0 in the background, one number per object",
            f"the value {ground} in {share:.0%} of all pixels, 0 in {zeros:.0%}: "
            "no background that is 0",
            "set the background to 0; invert a mask that is 0 inside its objects",
        )
    _refuse_outlines(labels, pieces, where)
    _refuse_clipped(pieces, values, where)
    if len(values) == 1:
        return _from_mask(labels, pieces)
    further = scattered_pieces(pieces, COMPARABLE, APART)[1]
    if 0 < further.max(initial=0) < MANY_PIECES:
        # Once more with the lines filled that may cut an object into a few.
        near = ndimage.maximum_filter(labels, size=LINE_PX + 1)
        joined = pieces_of(np.where(labels == 0, near, labels))
        _refuse_classes(joined, pieces, values, where)
    else:
        _refuse_classes(pieces, pieces, values, where)
    return labels, ""


def _from_mask(labels: np.ndarray, pieces: Pieces) -> tuple[np.ndarray, str]:
    """Split a mask, 0 and one other value, into its pieces; one object stays what it is."""
    areas = np.sort(pieces.area)[::-1]
    further = areas[1:]
    stray = further.max(initial=0) <= STRAY_PX
    if stray and further.sum() <= STRAY_FRACTION * areas[0]:
        return labels, ""
    notice = f"a mask of 0 and {pieces.value[0]}, split into its {len(areas)} pieces"
    return pieces.plane.astype(np.int64), notice


def _refuse_outlines(labels: np.ndarray, pieces: Pieces, where: str) -> None:
    """Refuse objects of which the borders alone are drawn."""
    owner, area = holes_of(labels, pieces)
    inside = np.bincount(owner, area, minlength=len(pieces.area))
    hollow = inside >= HOLLOW * pieces.area
    if len(owner) >= FEWEST_HOLES and 2 * pieces.area[hollow].sum() > pieces.area.sum():
        drawn, enclosed = pieces.area[hollow].sum(), int(inside[hollow].sum())
        raise UserError(
            where,
            "objects with all their pixels",
            f"outlines: {drawn:,} px that enclose {enclosed:,} px of 0",
            "fill the outlines before the export (Fiji: Process > Binary > Fill Holes)",
        )


def _refuse_clipped(pieces: Pieces, values: np.ndarray, where: str) -> None:
    """Refuse ids whose last, the highest of its type, has taken in all that came after it."""
    last = pieces.area[pieces.value == values[-1]].max()
    usual = np.median(pieces.area)
    if len(values) > MANY_IDS and values[-1] in ENDS and last >= CLIPPED_AREAS * usual:
        raise UserError(
            where,
            "one number per object",
            f"id {values[-1]}, the highest of its type, in {last:,} px, where objects have"
            f" {usual:,.0f}: ids that were cut off",
            "export the labels again in 16 or 32 bits",
        )


def _refuse_classes(joined: Pieces, pieces: Pieces, values: np.ndarray, where: str) -> None:
    """Refuse ids that name several objects each; `joined` are the pieces without thin lines."""
    scattered, further = scattered_pieces(joined, COMPARABLE, APART)
    if not len(scattered):
        scattered, further = crumbled(joined, STRAY_PX, CRUMBS)
    if not len(scattered):
        # A class of small objects beside one that covers much, such as nuclei in tissue.
        scattered, further = scattered_pieces(joined, COMPARABLE, APART, beside_others=False)
        largest = [pieces.area[pieces.value == one].max() for one in scattered]
        kept = (further >= MANY_PIECES) & (np.array(largest) > STRAY_PX)
        scattered, further = scattered[kept], further[kept]
    if not len(scattered):
        return
    slip = len(values) > MANY_IDS and scattered[0] != values[0] and values[-1] not in ENDS
    if len(scattered) == 1 and further[0] == 1 and slip:
        return
    most = int(further.argmax())
    areas = np.sort(pieces.area[pieces.value == scattered[most]])[::-1][: further[most] + 1]
    listed = ", ".join(str(area) for area in areas[:4]) + (", ..." if len(areas) > 4 else "")
    raise UserError(
        where,
        "one number per object",
        f"{len(scattered)} of {len(values)} ids ({values[0]} to {values[-1]}) in several pieces "
        f"apart, e.g. id {scattered[most]} in {len(areas)} of {listed} px: "
        "classes, or ids that wrapped or were cut off",
        "number every object, in 16 or 32 bits and without JPEG; of a map of classes give one "
        "class as a mask (0 and 1), whose pieces become the objects",
    )


def _ground(labels: np.ndarray, pieces: Pieces, values: np.ndarray) -> int | None:
    """Return the value that is the background although it is not 0, or None."""
    area = np.bincount(np.searchsorted(values, pieces.value), pieces.area)
    largest = int(area.argmax())
    value, size = int(values[largest]), labels.size
    zeros = size - int(area.sum())
    if area[largest] <= zeros:
        return None
    if len(values) == 1 and zeros == 0:
        return value
    frame = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    of_frame = np.mean(frame == value)
    if of_frame >= GROUND_FRAME and 2 * area[largest] > size:
        return value
    if len(values) == 1:
        return value if _is_inside_out(labels, pieces) else None
    others = np.delete(area, largest)
    large = area[largest] >= GROUND_AREAS * np.median(others)
    if len(others) < 3 or not large or of_frame < LEAST_FRAME:
        return None
    # Two pixels further, as lines of 0 may lie between objects and ground.
    near = ndimage.binary_dilation(labels == value, iterations=3)
    touched = np.setdiff1d(labels[near], [0, value])
    return value if 2 * len(touched) >= len(others) else None


def _is_inside_out(labels: np.ndarray, pieces: Pieces) -> bool:
    """Return whether most of a mask is one piece, and what it leaves out several: the objects."""
    left_out = pieces_of((labels == 0).astype(np.int64)).area
    return bool(
        2 * pieces.area.max() >= pieces.area.sum()
        and len(left_out) >= 4
        and 2 * left_out.max() < left_out.sum()
    )
