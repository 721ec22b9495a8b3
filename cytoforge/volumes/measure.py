"""Measure a whole volume once, for all of its slices: the body, and percentiles of its values."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path

import numpy as np

from cytoforge.config.images import ImagesConfig
from cytoforge.errors import UserError
from cytoforge.images.nifti_header import read_header
from cytoforge.images.volume_facts import FACTS, MASK
from cytoforge.images.volume_grid import slice_view
from cytoforge.jobs.atomic import write_json
from cytoforge.volumes.body import CT_THRESHOLD, body_of_volume, otsu
from cytoforge.volumes.mask_stack import MaskStack
from cytoforge.volumes.nifti_file import growing, write_nifti
from cytoforge.volumes.percentiles import percentiles
from cytoforge.volumes.slice_store import SliceStore, unpacked


def measure_volume(
    files: Mapping[str, str],
    mask_file: str | None,
    config: ImagesConfig,
    axis: str,
    learned_from: Sequence[int] | None,
    folder: Path,
) -> None:
    """Write `body.nii.gz`, uint8 on the volume's grid, and `body.json` with the grey ranges.

    Memory holds some slices at a time.

    Parameters
    ----------
    files : of each channel, or `{"path": file}`; the body is that of the first
    mask_file : the user's mask, 0 outside the body; None: it is found
    axis : body axis along which the slices are counted
    learned_from : slices of which the percentiles are taken; None: all
    """
    channels = list(config.channels) if "path" in files else list(files)
    paths = dict.fromkeys(channels, files["path"]) if "path" in files else files
    first = paths[channels[0]]
    folder.mkdir(parents=True, exist_ok=True)
    with unpacked(first, axis, folder) as volume:
        threshold = _threshold(first, volume, config) if mask_file is None else None
        if mask_file is None:
            body = body_of_volume(volume, threshold, first)
        else:
            with unpacked(mask_file, axis, folder) as mask:
                body = MaskStack(plane != 0 for plane in mask.pictures())
        grid = volume.grid
    ranges = {}
    for channel in channels if config.normalisation.method == "body" else ():
        with unpacked(paths[channel], axis, folder) as volume:
            ranges[channel] = _percentiles(volume, body, learned_from, config)
    with growing(folder, read_header(first), np.dtype(np.uint8), 0) as target:
        for number, plane in enumerate(body, 1):
            slice_view(target, grid, axis, number)[...] = plane
        write_nifti(folder / MASK, target, read_header(first))
    count = sum(body.counts)
    facts = {"ranges": ranges, "threshold": threshold, "voxels": count}
    write_json(folder / FACTS, {**facts, "share": count / prod(grid.shape)})


def _threshold(file: str, volume: SliceStore, config: ImagesConfig) -> float:
    in_hu = config.normalisation.method == "window" and not read_header(file).eight_bits
    return CT_THRESHOLD if in_hu else otsu(volume.pictures)


def _percentiles(
    volume: SliceStore,
    body: MaskStack,
    learned_from: Sequence[int] | None,
    config: ImagesConfig,
) -> dict[str, float]:
    numbers = range(1, len(volume) + 1) if learned_from is None else learned_from

    def values() -> Iterator[np.ndarray]:
        for number in numbers:
            yield volume.picture(number)[body[number - 1]].astype(np.float32)

    ends = [(float(one.min()), float(one.max())) for one in values() if one.size]
    least, greatest = min(ends)[0] if ends else 0.0, max((high for _, high in ends), default=0.0)
    if least == greatest:
        raise UserError(
            "the body of a volume", "voxels of several values", "none", "give its mask in a column"
        )
    low, high = percentiles(values, [config.normalisation.low, config.normalisation.high])
    if low == high:
        low, high = least, greatest
    return {"low": low, "high": high}
