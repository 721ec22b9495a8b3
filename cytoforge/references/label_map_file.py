"""Label maps on disk: uint8 TIFF, deflate, with the pixel size; and previews for eyes only."""

from pathlib import Path

import numpy as np
import tifffile
from PIL import Image as PillowImage

from cytoforge.errors import UserError
from cytoforge.images.pixel_size import tag_ratio
from cytoforge.jobs.atomic import atomic_path
from cytoforge.references.codes import Code

UM_PER_CM = 10_000.0


def write_label_map(
    path: str | Path, label_map: np.ndarray, pixel_size_um: float | None = None
) -> None:
    """Write (Y, X) uint8 losslessly; `pixel_size_um` goes into the resolution tags."""
    if label_map.dtype != np.uint8 or label_map.ndim != 2:
        raise ValueError(f"a label map is (Y, X) uint8, not {label_map.shape} {label_map.dtype}")
    resolution = None if pixel_size_um is None else (UM_PER_CM / pixel_size_um,) * 2
    with atomic_path(path) as temporary:
        tifffile.imwrite(
            temporary,
            label_map,
            photometric="minisblack",
            compression="deflate",
            resolution=resolution,
            resolutionunit=None if resolution is None else "CENTIMETER",
            metadata=None,
        )


def read_label_map(path: str | Path, n_codes: int | None = None) -> np.ndarray:
    """Read a label map, (Y, X) uint8; with `n_codes`, higher codes in it are an error too."""
    try:
        label_map = tifffile.imread(path)
    except Exception as error:  # damaged TIFFs raise struct, zlib, codec and key errors alike
        raise _bad_file(path, "a whole TIFF file", f"{type(error).__name__}: {error}") from error
    if label_map.dtype != np.uint8 or label_map.ndim != 2:
        raise _bad_file(path, "one grey uint8 plane", f"{label_map.shape} {label_map.dtype}")
    highest = int(label_map.max(initial=0))
    if n_codes is not None and highest >= n_codes:
        raise _bad_file(path, f"codes 0 to {n_codes - 1}", f"code {highest}")
    return label_map


def read_pixel_size_um(path: str | Path) -> float | None:
    """Return the pixel size in a label map's resolution tags, in micrometres, or None."""
    with tifffile.TiffFile(path) as tiff:
        tags = tiff.pages.first.tags
        unit, pixels = tag_ratio(tags.get("ResolutionUnit")), tag_ratio(tags.get("XResolution"))
    if unit is None or unit[0] != tifffile.RESUNIT.CENTIMETER or pixels is None:
        return None
    return UM_PER_CM * pixels[1] / pixels[0]


def preview(label_map: np.ndarray, codes: tuple[Code, ...]) -> np.ndarray:
    """Return (Y, X, 3) uint8 in the colours of the table; codes outside it raise IndexError."""
    palette = np.array([code.colour for code in codes], dtype=np.uint8)  # (K, 3)
    return palette[label_map]


def write_preview(path: str | Path, label_map: np.ndarray, codes: tuple[Code, ...]) -> None:
    """Write the preview as a palette PNG, a tenth of the size of one in full colour."""
    if int(label_map.max(initial=0)) >= len(codes):
        raise IndexError(f"code {label_map.max()} in a table of {len(codes)}")
    image = PillowImage.fromarray(label_map, mode="P")
    image.putpalette([value for code in codes for value in code.colour])
    with atomic_path(path) as temporary:
        image.save(temporary, format="PNG", optimize=True)


def _bad_file(path: str | Path, expected: str, found: str) -> UserError:
    return UserError(
        where=str(path),
        expected=f"a label map: {expected}",
        found=found,
        fix="Make it again, or save it as an uncompressed or deflate-compressed 8-bit grey TIFF.",
    )
