"""Cells in phase contrast through the network that ships, and what it takes for cells.

Half A and half B share no field: of phase_t98g A has fields of training and validation, B those
that were kept aside. Pictures that are no cells come with scikit-image, or are made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage
import tifffile
from scipy import ndimage

from benchmarks.check_cases import NO_GAP, Case, image_of
from cytoforge.config.segmentation import parse_segmentation
from cytoforge.images.read import read_raw
from cytoforge.images.whole_file import without_false_colour

FIELDS = {
    False: ("set01", "set04", "set13", "set18", "set26", "set35"),
    True: ("set07", "set16", "set23", "set32", "set38", "set44"),
}
SPOILT = {False: ("set04", "set35"), True: ("set07", "set16")}
FRAMES = {False: (0, 18), True: (9, 27)}
HOURS = {False: (0, 5), True: (3, 10)}
SCRATCH_PX = 24
PICTURES = {False: ("gravel", "brick", "page"), True: ("grass", "coins", "text")}
SIDE_PX = 800
T98G_PX = 50


@dataclass(frozen=True)
class _Picture:
    name: str
    pixels: np.ndarray  # (Y, X)
    held_out: bool


def phase_cases(data: Path) -> Iterator[Case]:
    """Yield all of them; a set that is not in the folder of data is left out.

    data : the folder with phase_t98g, phase_t98g_series, scratch_series and wound_healing
    """
    for held_out in (False, True):
        yield from _t98g(data / "phase_t98g" / "images", held_out)
        yield from _series(data / "phase_t98g_series" / "frames_uint8_512.tif", held_out)
        yield from _scratch(data / "scratch_series", held_out)
        yield from _wound(data / "wound_healing", held_out)
        yield from _no_cells(held_out)


def _t98g(folder: Path, held_out: bool) -> Iterator[Case]:
    for name in FIELDS[held_out]:
        if not (path := folder / f"{name}.png").is_file():
            continue
        shot = _Picture(f"phase_t98g {name}", _grey(path), held_out)
        yield _case(shot, "", good=True)
        if name in SPOILT[held_out]:
            pixels = shot.pixels
            yield _case(shot, "inverted", pixels.max() - pixels)
            yield _case(shot, "out of focus", ndimage.gaussian_filter(pixels, 0.12 * T98G_PX))
            for how, factor in (("diameter × 3", 3.0), ("diameter / 3", 1 / 3)):
                yield _case(shot, how, settings={"cell_diameter_px": T98G_PX * factor})


def _series(path: Path, held_out: bool) -> Iterator[Case]:
    if path.is_file():
        frames = tifffile.imread(path)  # (T, Y, X)
        for k in FRAMES[held_out]:
            shot = _Picture(f"phase_t98g_series {k}", frames[k], held_out)
            yield _case(shot, "", good=True)


def _scratch(folder: Path, held_out: bool) -> Iterator[Case]:
    for hour in HOURS[held_out]:
        if not (path := folder / f"{hour}.jpeg").is_file():
            continue
        shot = _Picture(f"scratch_series {hour}", _grey(path), held_out)
        blurred = ndimage.gaussian_filter(shot.pixels, 0.12 * SCRATCH_PX)
        bright = {"cytoplasm_channel": "inverted", "cell_diameter_px": SCRATCH_PX}
        yield _case(shot, "", good=True, settings=bright)
        yield _case(shot, "out of focus", blurred, settings=bright)
        yield _case(shot, "not inverted", settings={"cell_diameter_px": SCRATCH_PX})
        yield _case(shot, "without settings")


def _wound(folder: Path, held_out: bool) -> Iterator[Case]:
    path = folder / f"DMSO_B5_{'t24' if held_out else 't0'}.JPG"
    if path.is_file():
        # Its left half, with a side of the wound and cells beside it.
        shot = _Picture(f"wound_healing {path.stem[8:]}", _grey(path)[:, :SIDE_PX], held_out)
        yield _case(shot, "", good=True)
        yield _case(shot, "inverted", shot.pixels.max() - shot.pixels)


def _no_cells(held_out: bool) -> Iterator[Case]:
    folder = Path(skimage.__file__).parent / "data"
    for name in PICTURES[held_out]:
        pixels = _grey(folder / f"{name}.png")
        for how, px in (("", None), (" at twice the scale", 25)):
            shot = _Picture(f"picture of {name}{how}", pixels, held_out)
            yield _case(shot, "no cells", settings={"cell_diameter_px": px})
    noise = np.random.default_rng(int(held_out)).normal(0, 1, (SIDE_PX, SIDE_PX))
    grain = ndimage.gaussian_filter(noise, 9 if held_out else 6)
    stones = np.where(np.abs(grain) > 0.3 * grain.std(), 150.0, 60.0) + 8 * noise
    for name, made in (("clouds", 128 + 40 * grain / grain.std()), ("stones", stones)):
        yield _case(_Picture(f"made {name}", made, held_out), "no cells")


def _case(
    shot: _Picture,
    how: str,
    pixels: np.ndarray | None = None,
    good: bool = False,
    settings: Mapping[str, object] | None = None,
) -> Case:
    """Return a case of the middle of a picture."""
    shown = _middle(shot.pixels if pixels is None else pixels)
    image = image_of("field", np.rint(np.clip(shown, 0, 255)).astype(np.uint8)[None], ("grey",))
    config = parse_segmentation({**NO_GAP, "method": "phase", **(settings or {})})
    name = f"phase: {shot.name}" + (f", {how}" if how else "")
    return Case(name, good, shot.held_out, image, config)


def _grey(path: Path) -> np.ndarray:
    raw = without_false_colour(read_raw(str(path)))
    return raw.pixels.mean(axis=0, dtype=np.float32)


def _middle(pixels: np.ndarray) -> np.ndarray:
    top, left = (max(size - SIDE_PX, 0) // 2 for size in pixels.shape)
    return pixels[top : top + SIDE_PX, left : left + SIDE_PX]
