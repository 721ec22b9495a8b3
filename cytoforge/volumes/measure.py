"""Measure a whole volume once, for all of its slices: the body, and percentiles of its values."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cytoforge.config.images import ImagesConfig, NormalisationConfig
from cytoforge.errors import UserError
from cytoforge.images.formats.nifti import voxels
from cytoforge.images.nifti_header import read_header
from cytoforge.images.volume_facts import FACTS, MASK
from cytoforge.images.volume_grid import VolumeGrid, grid_of_header, slice_view
from cytoforge.jobs.atomic import write_json
from cytoforge.volumes.body import CT_THRESHOLD, find_body, otsu
from cytoforge.volumes.nifti_file import write_nifti


def measure_volume(
    files: Mapping[str, str],
    mask_file: str | None,
    config: ImagesConfig,
    axis: str,
    learned_from: Sequence[int] | None,
    folder: Path,
) -> None:
    """Write `body.nii.gz`, uint8 on the volume's grid, and `body.json` with the grey ranges.

    Parameters
    ----------
    files : of each channel, or `{"path": file}`; the body is that of the first
    mask_file : the user's mask, 0 outside the body; None: it is found
    axis : body axis along which the slices are counted
    learned_from : slices of which the percentiles are taken; None: all
    """
    channels = list(config.channels) if "path" in files else list(files)
    paths = dict.fromkeys(channels, files["path"]) if "path" in files else files
    grid, first = _read(paths[channels[0]])
    if mask_file is None:
        body, threshold = _found(first, grid, axis, config.normalisation, paths[channels[0]])
    else:
        body, threshold = np.asarray(voxels(mask_file)).reshape(grid.shape) != 0, None
    ranges = {}
    for channel in channels if config.normalisation.method == "body" else ():
        values = first if channel == channels[0] else _read(paths[channel])[1]
        ranges[channel] = _percentiles(values, body, grid, axis, learned_from, config)
    write_nifti(folder / MASK, body.astype(np.uint8), read_header(paths[channels[0]]))
    write_json(
        folder / FACTS,
        {
            "ranges": ranges,
            "threshold": threshold,
            "voxels": int(body.sum()),
            "share": float(body.mean()),
        },
    )


def _read(path: str) -> tuple[VolumeGrid, np.ndarray]:
    grid = grid_of_header(read_header(path), path)
    return grid, np.asarray(voxels(path), np.float32).reshape(grid.shape)


def _found(
    volume: np.ndarray, grid: VolumeGrid, axis: str, config: NormalisationConfig, path: str
) -> tuple[np.ndarray, float]:
    threshold = CT_THRESHOLD if config.method == "window" else otsu(volume)
    zooms_mm = [length / 1000 for length in grid.zooms_um]
    slices = grid.file_axis(axis)[0]
    return find_body(volume, zooms_mm, slices, threshold, where=path), threshold


def _percentiles(
    volume: np.ndarray,
    body: np.ndarray,
    grid: VolumeGrid,
    axis: str,
    learned_from: Sequence[int] | None,
    config: ImagesConfig,
) -> dict[str, float]:
    numbers = range(1, grid.count(axis) + 1) if learned_from is None else learned_from
    values = np.concatenate(
        [
            slice_view(volume, grid, axis, number)[slice_view(body, grid, axis, number)]
            for number in numbers
        ]
    )
    if not values.size or values.min() == values.max():
        raise UserError(
            "the body of a volume", "voxels of several values", "none", "give its mask in a column"
        )
    low, high = np.percentile(values, [config.normalisation.low, config.normalisation.high])
    if low == high:
        low, high = values.min(), values.max()
    return {"low": float(low), "high": float(high)}
