"""Read what a field is made from, a label map and its instance labels, and check it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from cytoforge.config.base import nearest
from cytoforge.errors import UserError
from cytoforge.images.nifti_header import is_volume
from cytoforge.jobs.by_name import load
from cytoforge.references.codes import Code
from cytoforge.references.instances import object_instances
from cytoforge.references.own.classes import classes_of_codes
from cytoforge.references.own.own_map import read_own_map
from cytoforge.references.own.user_values import is_own
from cytoforge.references.palette import codes_by_colour
from cytoforge.segmentation.label_file import (
    MAX_MEGAPIXELS,
    decode_labels,
    png_palette,
    read_label_file,
    without_colours,
)
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.synthesis.maps import INSTANCES, instance_files, map_files, name_of_map


def read_map(path: Path, n_codes: int, codes: Sequence[Code] = ()) -> np.ndarray:
    """Return a label map (TIFF or PNG) as uint8 (H, W); UserError unless it is one.

    An indexed PNG whose palette has the colours of `codes` is read by these: editors of pictures
    renumber the indices.
    """
    stored = without_colours(decode_labels(path, str(path)))
    palette = png_palette(path)
    if palette is not None and len(codes):
        stored = codes_by_colour(stored, palette, codes, path)
    return check_label_map(stored, n_codes, path)


def read_users_map(
    path: Path,
    n_codes: int,
    codes: Sequence[Code] = (),
    plane: Mapping[str, int] = MappingProxyType({}),
) -> np.ndarray:
    """Return a label map that the user gives, as `read_map`; with classes of the user's it has the
    user's values, as the maps that the model was trained with.

    plane : the slice of a label volume
    """
    if is_own(codes):
        return read_own_map(path, classes_of_codes(codes), "label map", plane=dict(plane))
    if is_volume(path):
        stored, _ = load("formats", "nifti").read_slice(str(path), dict(plane), MAX_MEGAPIXELS)
        return check_label_map(stored, n_codes, path)
    return read_map(path, n_codes, codes)


def check_label_map(label_map: np.ndarray, n_codes: int, where: str | Path) -> np.ndarray:
    """Return the map as uint8 (H, W); raise UserError unless it holds codes below `n_codes`."""
    problem = ""
    if label_map.ndim != 2 or not label_map.size:
        problem = f"shape {label_map.shape}"
    elif not np.issubdtype(label_map.dtype, np.integer):
        problem = f"type {label_map.dtype}"
    elif label_map.min() < 0 or label_map.max() >= n_codes:
        problem = f"codes {label_map.min()} to {label_map.max()}"
    if problem:
        raise UserError(
            where=str(where),
            expected=f"a single-channel integer image with codes 0 to {n_codes - 1}",
            found=problem,
            fix="save the map without colours, scaling or JPEG; codes.json names the codes",
        )
    return label_map.astype(np.uint8)


def read_instances(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """Return instance labels as int32 (H, W), 0 where there is no cell.

    Parameters
    ----------
    path : a segmentation of the workflow (`.ome.tif`), or a label image with one number per cell
    shape : of the label map they belong to; another raises UserError
    """
    if not path.name.endswith(".ome.tif"):
        labels = read_label_file(path, shape, f"instance labels of {map_name(path)}")
        # Users' ids may reach billions.
        ids, numbers = np.unique(labels, return_inverse=True)
        return numbers.reshape(shape).astype(np.int32) + np.int32(ids[0] != 0)
    instances = object_instances(read_segmentation(path))
    if instances.shape != shape:
        raise UserError(
            where=str(path),
            expected=f"the size of its label map, {shape[0]} × {shape[1]} px",
            found=f"{instances.shape[0]} × {instances.shape[1]} px",
            fix="make the segmentation again",
        )
    return instances


def map_name(instance_path: Path) -> str:
    """Return the name of the label map that instance labels belong to.

    >>> map_name(Path("own/wound_instances.tif")), map_name(Path("cells/pos002.ome.tif"))
    ('wound', 'pos002')
    """
    name = name_of_map(instance_path)
    return name if instance_path.name.endswith(".ome.tif") else name.removesuffix(INSTANCES)


def check_own_maps(maps: Iterable[str], n_codes: int, codes: Sequence[Code] = ()) -> None:
    """Read every map, and the instance labels beside it, as synthesis will; UserError if it
    cannot."""
    for one in map_files(maps, {}):
        shape = read_users_map(one.path, n_codes, codes, one.plane).shape
        for instances in [] if one.volume else instance_files([one.path]):
            read_instances(Path(instances), (shape[0], shape[1]))


def resampled_pixels(
    label_map: np.ndarray, resample: str | Sequence[str], codes: Sequence[Code]
) -> np.ndarray | None:
    """Return where further samples are resampled, bool (H, W), or None for everywhere.

    Parameters
    ----------
    resample : `all`, or names of codes; an unknown one raises UserError
    """
    if isinstance(resample, str):
        return None
    check_code_names(resample, codes)
    chosen = np.array([code.name in resample for code in codes])
    return chosen[label_map]


def check_code_names(
    resample: str | Sequence[str], codes: Sequence[Code], where: str = "sets.*.resample"
) -> None:
    """Raise UserError unless `resample` is `all` or names of codes."""
    names = [code.name for code in codes]
    for name in () if isinstance(resample, str) else resample:
        if name not in names:
            raise UserError(
                where=where,
                expected=f"names of the label map's codes: {', '.join(names)}",
                found=f"{name!r}{nearest(name, names)}",
                fix="correct the name, or write `all`",
            )
