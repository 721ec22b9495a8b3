"""Read one label image: TIFF, PNG or NumPy, checked before anything is computed from it."""

import logging
import math
from pathlib import Path

import imagecodecs
import numpy as np
from PIL.PngImagePlugin import PngImageFile

from cytoforge.config.images import ImagesConfig
from cytoforge.errors import UserError
from cytoforge.images.formats import png
from cytoforge.images.formats.tiff import read_stored
from cytoforge.images.limits import check_size
from cytoforge.images.memory_limit import memory_limit
from cytoforge.images.raw import mapped
from cytoforge.segmentation.label_checks import as_instances

logger = logging.getLogger(__name__)
GREY_PNG = 0  # a PNG's colour type
MAX_MEGAPIXELS = float(ImagesConfig.model_fields["max_megapixels"].default)


def read_label_file(path: str | Path, shape: tuple[int, int], named_in: str) -> np.ndarray:
    """Return the labels, int64 (Y, X); 0 is background; see `read_instances_of`."""
    return read_instances_of(path, shape, named_in)[0]


def read_result_file(path: str | Path, shape: tuple[int, int], named_in: str) -> np.ndarray:
    """Return what another program has found, int64 (Y, X), for being scored.

    As `read_label_file`, but a result may be bad: without any object, or one that looks like no
    instances, which is taken as it is, with a warning in the log.
    """
    where = f"{path} ({named_in})"
    labels = read_plane(path, shape, where)
    if not labels.any():
        return labels.astype(np.int64)
    ids = _checked_ids(labels, where)
    try:
        return as_instances(ids, where)[0]
    except UserError as problem:
        logger.warning("%s: %s; scored as it is", where, problem.found)
        return ids


def read_instances_of(
    path: str | Path, shape: tuple[int, int], named_in: str
) -> tuple[np.ndarray, str]:
    """Return the labels, int64 (Y, X), 0 is background, and a notice of what was made of them.

    A mask, two values of which one is 0, is split into its connected pieces; ids beyond 2³¹ are
    numbered from 1 on.

    Parameters
    ----------
    path : .tif, .tiff, .png or .npy
    shape : height and width of the image that the labels belong to
    named_in : where the user wrote the path, for messages

    Raises
    ------
    UserError : missing or broken file, colours, another shape, no integers, negative ids, no
        object at all, or values that are no instances (see `label_checks`)
    """
    where = f"{path} ({named_in})"
    labels = read_plane(path, shape, where)
    instances, notice = as_instances(_checked_ids(labels, where), where)
    if notice:
        logger.warning("%s: %s; objects that touch count as one", where, notice)
    return instances, notice


def read_mask(path: str | Path, shape: tuple[int, int], named_in: str) -> np.ndarray:
    """Return where a mask is not 0, bool (Y, X); parameters and errors as `read_instances_of`.

    A mask that is 0 everywhere is one too: nothing was found.
    """
    return read_plane(path, shape, f"{path} ({named_in})") != 0


def read_plane(path: str | Path, shape: tuple[int, int], where: str) -> np.ndarray:
    """Return the integers of a file, (Y, X), as stored; Fiji has 32 bits as floats only."""
    # An image larger than the default limit was let in by the config, and so are its labels.
    labels = decode_labels(Path(path), where, max(MAX_MEGAPIXELS, shape[0] * shape[1] / 1e6))
    labels = without_colours(labels)
    if labels.ndim != 2:
        raise UserError(
            where,
            expected="one plane of instance labels (height, width)",
            found=f"an array of shape {labels.shape}",
            fix="save the labels as a grey image with one number per object, not as colours",
        )
    if labels.shape != shape:
        raise UserError(
            where,
            expected=f"the shape of its image: {shape[0]} × {shape[1]} px",
            found=f"{labels.shape[0]} × {labels.shape[1]} px",
            fix="give the label image that was made from this image, not resized",
        )
    if labels.dtype.kind == "f" and _are_whole(labels):
        return labels.astype(np.int64)
    if labels.dtype.kind not in "ui":
        raise UserError(
            where,
            expected="integers: 0 for background, one number per object",
            found=f"type {labels.dtype}{_not_whole(labels)}",
            fix="save it as 16- or 32-bit integers",
        )
    return labels


def _are_whole(labels: np.ndarray) -> bool:
    """Return whether floats are numbers that their type holds exactly: none twice, none between."""
    return bool((np.rint(labels) == labels).all() and np.abs(labels).max() <= _exact(labels))


def _exact(labels: np.ndarray) -> int:
    """Return up to which number the type of floats holds all whole ones."""
    return 2 ** (int(np.finfo(labels.dtype).nmant) + 1)


def _not_whole(labels: np.ndarray) -> str:
    """Say what keeps floats from being read as integers."""
    if labels.dtype.kind != "f":
        return ""
    if np.isnan(labels).any():
        return " with NaN"
    if (np.rint(labels) != labels).any():
        return " with fractions"
    return f" with numbers beyond {_exact(labels):,}, not all of which it holds"


def without_colours(labels: np.ndarray) -> np.ndarray:
    """Return (Y, X) of colours that say no more than grey: (Y, X, 2 to 4), equal or one on black.

    Programs export masks as RGB, or with transparency, which is not looked at. Other arrays are
    returned as they are.
    """
    if labels.ndim != 3 or not 2 <= labels.shape[-1] <= 4 or labels.dtype.kind not in "ui":
        return labels
    colours = labels[..., : 1 if labels.shape[-1] == 2 else 3]
    brightest = colours.max(-1)
    if (colours == brightest[..., None]).all():
        return brightest
    shown = colours[brightest > 0]
    one_colour = bool((shown == shown[0]).all())
    return brightest if one_colour else labels


def _checked_ids(labels: np.ndarray, where: str) -> np.ndarray:
    if labels.min() < 0:
        raise UserError(
            where,
            expected="ids of 0 and more",
            found=f"the id {labels.min()}",
            fix="set unlabelled pixels to 0",
        )
    highest = int(labels.max())
    if not highest:
        raise UserError(
            where,
            expected="at least one object",
            found="only background (0)",
            fix="give another file or remove the image from samples.tsv",
        )
    if highest > np.iinfo(np.int32).max:
        # Unsigned 64 bits do not fit into int64, in which ids are compared and counted.
        ids, numbers = np.unique(labels, return_inverse=True)
        return numbers.reshape(labels.shape).astype(np.int64) + int(ids[0] != 0)
    return labels.astype(np.int64)


def decode_labels(path: Path, where: str, max_megapixels: float = MAX_MEGAPIXELS) -> np.ndarray:
    """Return a .tif, .tiff, .png or .npy file as it is stored, whatever its shape and type; truth
    values as 0 and 1.

    Raises UserError, naming `where`, for a missing, broken or too large file and for other formats.
    """
    if not path.is_file():
        raise UserError(where, "a label image", "no such file", "correct the path")
    suffix = path.suffix.lower()
    readers = {".tif": _read_tiff, ".tiff": _read_tiff, ".png": _read_png, ".npy": _read_npy}
    if suffix not in readers:
        raise UserError(
            where,
            expected="a .tif, .tiff, .png or .npy file",
            found=f"{suffix or 'no ending'}",
            fix="save the labels losslessly in one of these; JPEG changes them",
        )
    try:
        stored = readers[suffix](path, max_megapixels)
        return stored.astype(np.uint8) if stored.dtype == bool else stored
    except UserError as problem:
        raise UserError(where, problem.expected, problem.found, problem.fix) from problem
    except Exception as problem:  # decoders fail with any exception on broken files
        raise UserError(
            where, "a readable label image", f"{type(problem).__name__}: {problem}", "save it again"
        ) from problem


def _read_tiff(path: Path, max_megapixels: float) -> np.ndarray:
    return np.squeeze(read_stored(str(path), max_megapixels))


def _read_png(path: Path, max_megapixels: float) -> np.ndarray:
    """Return what is stored: a palette's indices, since its colours only show them, and grey values
    of 1, 2 and 4 bits, which decoders spread over 0–255."""
    with mapped(path) as data:
        if data[:8] not in png.SIGNATURES:
            raise ValueError(f"it begins with {data[:8]!r}, as no PNG does")
        n_bytes = png.check_png(str(path), data, max_megapixels)
        bits, colour_type = data[24], data[25]
        with memory_limit(n_bytes):
            if bits == 16 and colour_type != GREY_PNG:  # Pillow would take 8 bits of these
                return imagecodecs.png_decode(data)
    # Not PIL.Image.open, which would take any of forty formats, whatever the file's name.
    with memory_limit(n_bytes), PngImageFile(path) as picture:
        stored = np.asarray(picture)
    if colour_type == GREY_PNG and 1 < bits < 8:
        return stored // np.uint8(255 // (2**bits - 1))
    return stored


def png_palette(path: Path) -> np.ndarray | None:
    """Return the colours of an indexed PNG, (n, 3) uint8, or None of another file."""
    if path.suffix.lower() != ".png":
        return None
    with PngImageFile(path) as picture:
        colours = picture.getpalette("RGB") if picture.mode == "P" else None
    return None if colours is None else np.array(colours, np.uint8).reshape(-1, 3)


def _read_npy(path: Path, max_megapixels: float) -> np.ndarray:
    # Mapped, not read: the header's shape is checked against the file and the limit first.
    labels = np.lib.format.open_memmap(path, mode="r")
    *others, height, width = (1, 1, *labels.shape)
    check_size(str(path), height, width, math.prod(others), max_megapixels)
    return np.array(labels)
