"""Segmentation by the method of that name, and what holds for the result of every one of them.

A method is a folder of `cytoforge/segmentation/methods`, found by its name, that holds

- `config.py`: `CONFIG`, its settings, a subclass of `SegmentationBase`; imports nothing heavy;
- `segment.py`: `segment`, see `Method`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol, cast

import numpy as np

from cytoforge.config.objects import GAP, singular
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import NoCellsError, UserError
from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.jobs.by_name import load
from cytoforge.segmentation.channels import check_channels, cytoplasm_channel, nuclei_channel
from cytoforge.segmentation.classes import ClassPlane
from cytoforge.segmentation.derived_channels import channel_pixels
from cytoforge.segmentation.gap import without_gap
from cytoforge.segmentation.gap_of_image import gap_of_image
from cytoforge.segmentation.identity import share_ids
from cytoforge.segmentation.moments import CELL_TO_NUCLEUS, median_diameter_px
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation

NONE_FOUND = "none in channel"
"""How a message begins that says that no cells were found."""


class Method(Protocol):
    """What a module `cytoforge.segmentation.methods.<method>.segment` offers."""

    def segment(
        self, image: Image, config: Any, sample: Sample | None = None
    ) -> (
        tuple[dict[str, np.ndarray], str]
        | tuple[dict[str, np.ndarray], str, dict[str, ClassPlane], dict[str, np.ndarray]]
    ):
        """Return the planes of `config.found` by name, a text for the overlay and reports, and, of
        a method that tells objects into classes, or how sure it is of each (`ObjectPlane`), these
        by the name of the plane.

        Planes are int32 (Y, X), 0: none, or bool (Y, X) for what has no instances. `config` is of
        the method's own `CONFIG`; `sample` has the columns of the user's table.
        """
        ...


def segment(image: Image, config: SegmentationBase, sample: Sample | None = None) -> Segmentation:
    """Segment one image with the configured method and, where asked for, find its cell-free gap.

    Returns
    -------
    Segmentation with the planes of `config.objects`. Ids of objects that hold others are 1..n in
    raster order of their first pixels; those that lie within them share their ids.

    Raises
    ------
    UserError : a channel that the image does not have
    NoCellsError : nothing found
    """
    check_channels(image, config)
    method = cast(Method, load("segmentation", config.method, "segment"))
    arrays, text, *told = method.segment(image, config, sample)
    more: list[Any] = [*told, {}, {}]
    classes, confidence = more[:2]
    if set(arrays) != set(config.found):
        raise UserError(
            where=f"segmentation method {config.method!r}, image {image.name}",
            expected=f"planes of {', '.join(config.found)}, as `found` of its config says",
            found=f"planes of {', '.join(arrays) or 'nothing'}",
            fix="let `found` in the method's config.py name what its segment.py returns",
        )
    arrays = _related(arrays, config)
    if not any(array.any() for name, array in arrays.items() if name != GAP):
        raise _no_cells(image, config)
    diameters = _diameters(arrays, config)
    gap = gap_of_image(image, arrays, diameters, config) if asks_for_gap(config) else None
    if image.shading:
        text = f"{text}; shading taken away {image.shading}"
    return assemble(arrays, gap, diameters, config, text, classes, confidence)


def assemble(
    arrays: Mapping[str, np.ndarray],
    gap: np.ndarray | None,
    diameters: Mapping[str, float],
    config: SegmentationBase,
    text: str,
    classes: Mapping[str, ClassPlane] | None = None,
    confidence: Mapping[str, np.ndarray] | None = None,
) -> Segmentation:
    """Return planes as `segment` does: with the gap, and ids that are shared and in raster order.

    gap : bool (Y, X), or None where it is not looked for
    classes, confidence : by the name of the plane whose objects have them
    """
    arrays = _related(arrays, config)
    if gap is not None:
        if config.gap.floating_cells == "filled" and gap.any():
            arrays = {name: without_gap(array, gap) for name, array in arrays.items()}
            arrays = _related(arrays, config)
        arrays[GAP] = gap
    objects = {
        name: ObjectPlane(
            arrays[name],
            diameters.get(name),
            described.within,
            (classes or {}).get(name),
            (confidence or {}).get(name),
        )
        for name, described in config.objects.items()
    }
    return Segmentation(objects, text)


def segment_like(image: Image, known: Segmentation, config: SegmentationBase) -> Segmentation:
    """Segment with the diameters of another segmentation, e.g. that of the image's original.

    An estimate from a synthetic image could be another diameter, and would move every border. An
    image in which nothing is found is a result (nothing agrees), not an error.
    """
    diameters = {
        f"{singular(name)}_diameter_px": p.diameter_px for name, p in known.objects.items()
    }
    wanted = type(config).model_fields if config.estimates_diameters else ()
    given = {key: px for key, px in diameters.items() if key in wanted}
    try:
        return segment(image, config.model_copy(update=given))
    except NoCellsError:
        nothing = {name: np.zeros(image.shape, np.int32) for name in known.instances}
        if asks_for_gap(config):
            sizes = {name: p.diameter_px for name, p in known.objects.items() if p.diameter_px}
            nothing[GAP] = gap_of_image(image, nothing, sizes, config)
        return Segmentation(
            {name: replace(known.objects[name], array=a) for name, a in nothing.items()},
            known.method,
        )


def asks_for_gap(config: SegmentationBase) -> bool:
    """Whether the gap is looked for, and not given by the method itself."""
    return GAP in config.objects and GAP not in config.found


def _related(arrays: Mapping[str, np.ndarray], config: SegmentationBase) -> dict[str, np.ndarray]:
    """Let objects that lie within others share their ids."""
    arrays = dict(arrays)
    for name, described in config.objects.items():
        if described.within is not None:
            inner, outer = arrays[name], arrays[described.within]
            arrays[name], arrays[described.within] = share_ids(inner, outer)
    return arrays


def _diameters(arrays: dict[str, np.ndarray], config: SegmentationBase) -> dict[str, float]:
    """Return what the config gives, else what was measured; a cell is 1.8 nuclei wide."""
    given = {name: getattr(config, f"{singular(name)}_diameter_px", None) for name in arrays}
    found = {
        name: given[name] or median_diameter_px(array)
        for name, array in arrays.items()
        if array.dtype != np.bool_
    }
    if {"nuclei", "cells"} <= set(found):
        if not given["cells"] and found["nuclei"]:
            found["cells"] = CELL_TO_NUCLEUS * found["nuclei"]
        if not found["nuclei"] and found["cells"]:
            # Images of cells without any nucleus still need both numbers.
            found["nuclei"] = found["cells"] / CELL_TO_NUCLEUS
    return {name: float(px) for name, px in found.items() if px}


def _no_cells(image: Image, config: SegmentationBase) -> NoCellsError:
    named = nuclei_channel if "nuclei" in config.found else cytoplasm_channel
    channel = named(image, config)
    pixels = channel_pixels(image, channel)
    blank = f"{channel!r} is blank: remove the image from samples.tsv, or name another channel"
    return NoCellsError(
        where=f"image {image.name}",
        expected="at least one cell",
        found=f"{NONE_FOUND} {channel!r} ({image.shape[0]} × {image.shape[1]} px, "
        f"values {pixels.min():g} to {pixels.max():g})",
        fix=blank if pixels.min() == pixels.max() else _advice(image, config),
    )


def _advice(image: Image, config: SegmentationBase) -> str:
    """Return what to set where nothing was found: what is set is to be looked at again."""
    if config.what_helps:
        return f"{config.what_helps}; or remove the image from samples.tsv"
    channel, px = config.nuclei_channel, config.nucleus_diameter_px
    others = ", ".join(name for name in image.channels if name != channel)
    parts = []
    if channel is None:
        parts.append("set `nuclei_channel` of the segmentation to the channel with bright nuclei")
    elif others:
        parts.append(f"check that {channel!r} shows bright nuclei, and none of {others}")
    if getattr(config, "polarity", "") == "bright":
        parts.append("`polarity: dark` finds nuclei that are darker than their ground")
    if px is None:
        parts.append("set `nucleus_diameter_px` to their size in this image")
    else:
        parts.append(f"measure a nucleus: `nucleus_diameter_px` is {px:g}")
    return "; ".join([*parts, "or remove the image from samples.tsv"])
