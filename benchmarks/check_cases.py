"""Images that are segmented well and badly, to choose the thresholds of the checks and test them.

Each case is in half A or half B, which has other images. Thresholds were set from the values of
half A; what is measured was chosen with both in sight, so half B tests less than unseen images do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from cytoforge.config.images import NormalisationConfig
from cytoforge.config.segmentation import GapConfig, SegmentationBase, parse_segmentation
from cytoforge.images.image import Image
from cytoforge.images.normalise import channel_ranges
from cytoforge.images.read import read_raw
from cytoforge.segmentation.gap import find_gap
from cytoforge.segmentation.nucleus_size import estimate_nucleus_diameter
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation

SHIPPED = {
    "nuclei_channel": "dna",
    "cytoplasm_channel": "actin",
    "nucleus_diameter_px": 19,
    "cell_diameter_px": 34,
    "gap": {"erode_cells": 1.2, "dilate_cells": 2.7, "erode_again_cells": 1.0},
}
NO_GAP = {"gap": {"enabled": False}}
DSB_DIAMETER_PX = 20
LARGE_PX = 1100


@dataclass(frozen=True)
class Case:
    """One image with settings that segment it well, or one that no user should go on with."""

    name: str
    good: bool
    held_out: bool
    image: Image
    config: SegmentationBase
    segmentation: Segmentation | None = None  # where it is not the method's


def cases(shipped: Path, data: Path) -> Iterator[Case]:
    """Yield all cases.

    shipped : resources/images
    data : the folder with dsb2018, human_ht29, stardist_2d, phase_t98g, scratch_series,
        wound_healing, dsb2018_histology and he_instanseg; a set that is not there is left out
    """
    for k, image in enumerate(_kc167(shipped)):
        yield from _with_spoilt(f"kc167 {image.name}", image, SHIPPED, k != 0, wrong="actin")
    if files := sorted((data / "human_ht29").glob("*.tif")):
        ht29 = _channels("ht29", files, ("dna", "ph3", "cell"))
        plain = {"nuclei_channel": "dna", "cytoplasm_channel": "cell", **NO_GAP}
        yield from _with_spoilt("human_ht29", ht29, plain, True, wrong="cell")
    for path in (data / "stardist_2d").glob("img2d.tif"):
        yield from _with_spoilt(
            "stardist_2d", _channels("stardist", [path], ("dna",)), NO_GAP, False
        )
    yield from _dsb2018(data / "dsb2018" / "images")
    yield from _unstained(data)
    yield from _lights(data)
    yield from _made_up_wounds()


def _kc167(shipped: Path) -> Iterator[Image]:
    for position in ("pos002", "pos076", "pos218"):
        files = [shipped / f"{position}_{channel}.tif" for channel in ("dna", "actin")]
        yield _channels(position, files, ("dna", "actin"))


def _dsb2018(folder: Path) -> Iterator[Case]:
    files = sorted(folder.glob("*.tif"))
    grey = [path for path in files if len(read_raw(str(path)).channels) == 1]
    for k, path in enumerate(grey):
        image = _channels(path.stem[:8], [path], ("dna",))
        held_out = k % 2 == 1
        if k % 8 < 2:
            yield from _with_spoilt(f"dsb2018 {image.name}", image, NO_GAP, held_out)
        else:
            yield Case(f"dsb2018 {image.name}", True, held_out, image, parse_segmentation(NO_GAP))


def _unstained(data: Path) -> Iterator[Case]:
    """Yield phase contrast and H&E through the method for bright nuclei."""
    groups = {
        "phase_t98g": sorted((data / "phase_t98g" / "images").glob("*.png"))[:6],
        "scratch_series": sorted((data / "scratch_series").glob("[159].jpeg")),
        "wound_healing": sorted((data / "wound_healing").glob("*.JPG")),
        "histology": sorted((data / "dsb2018_histology" / "images").glob("*.png"))[:12],
        "he_instanseg": sorted((data / "he_instanseg").glob("HE_example.tif")),
    }
    for group, files in groups.items():
        for k, path in enumerate(files):
            raw = read_raw(str(path))
            # Half size where they are large: the estimate of a diameter runs away on uneven light.
            step = 2 if min(raw.pixels.shape[1:]) > LARGE_PX else 1
            image = image_of(path.stem[:11], raw.pixels[:, ::step, ::step], raw.channels)
            config = parse_segmentation(NO_GAP)
            yield Case(f"{group} {image.name}", False, k % 2 == 1, image, config)


def _lights(data: Path) -> Iterator[Case]:
    """Yield uneven light taken for objects: without any cell, and of phase contrast, reduced, with
    a diameter as large as the estimate used to run away to."""
    down, across = np.mgrid[-1:1:500j, -1:1:600j]
    lights = {
        "ramp": 1 + 0.4 * across,
        "vignette": 1.2 - 0.3 * (across**2 + down**2),
        "lamp aside": 1 / (1 + 0.6 * ((across - 0.4) ** 2 + down**2)),
    }
    rng = np.random.default_rng(0)
    for k, (how, light) in enumerate(lights.items()):
        pixels = np.clip(120 * light + rng.normal(0, 2, light.shape), 0, 255).astype(np.uint8)
        yield from _large_objects(f"light, {how}", pixels, k == 2, (20, 60, 150))
    for k, path in enumerate(sorted((data / "wound_healing").glob("*.JPG"))):
        reduced = read_raw(str(path)).pixels[0, ::3, ::3]
        yield from _large_objects(f"wound_healing {path.stem[-3:]}", reduced, k == 1, (60, 150))


def _large_objects(
    name: str, pixels: np.ndarray, held_out: bool, diameters: tuple[int, ...]
) -> Iterator[Case]:
    image = image_of("light", pixels[None], ("grey",))
    for px in diameters:
        config = parse_segmentation({**NO_GAP, "nucleus_diameter_px": px})
        yield Case(f"{name}, shading in pieces of {px} px", False, held_out, image, config)


def _made_up_wounds() -> Iterator[Case]:
    """Yield cells beside a wound that crosses the image: its gap as erosion and dilation draw it
    round one core, and as the cell-free ground lies."""
    config = parse_segmentation({"method": "labels"})
    for seed in range(6):
        free = _distance_to_cells(seed)
        cells = (free <= 0).astype(np.int32)
        # The image's edge counts as tissue.
        widest = float(ndimage.distance_transform_edt(np.pad(free > 0, 1)).max())
        radii = GapConfig(method="original", erode_px=0.99 * widest, dilate_px=1.2 * widest)
        pieces, _ = ndimage.label(free > 8)
        ground = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
        gaps = {"disc": find_gap([cells], 32, radii), "gap": ground}
        blank = image_of(f"wound{seed}", (free[None] > 0).astype(np.uint8), ("grey",))
        for how, gap in gaps.items():
            planes = {"cells": ObjectPlane(ndimage.label(cells)[0], 32.0), "gap": ObjectPlane(gap)}
            found = Segmentation(planes, "made up")
            name = f"made-up wound {seed}, {how}"
            yield Case(name, how == "gap", seed % 2 == 1, blank, config, found)


def _distance_to_cells(seed: int, size: tuple[int, int] = (700, 900)) -> np.ndarray:
    """Return the distance (px) to round cells of 32 px on both sides of a wound of about 220 px."""
    rng = np.random.default_rng(seed)
    wave = ndimage.gaussian_filter1d(rng.normal(0, 1, size[1]), 40)
    wave *= 25 / wave.std()
    points = (rng.random((900, 2)) * size).astype(int)
    beside = np.abs(points[:, 0] - size[0] / 2 - wave[points[:, 1]]) > 110
    seeds = np.ones(size, bool)
    seeds[tuple(points[beside].T)] = False
    return np.asarray(ndimage.distance_transform_edt(seeds)) - 16


def _with_spoilt(
    name: str, image: Image, settings: dict[str, Any], held_out: bool, wrong: str = ""
) -> Iterator[Case]:
    """Yield a good case, and what a mistake or a bad day makes of it."""
    config = parse_segmentation(settings)
    yield Case(name, True, held_out, image, config)
    for how, pixels in _spoilt(image, config.nucleus_diameter_px or DSB_DIAMETER_PX).items():
        spoilt = image_of(image.name, pixels, image.channels)
        yield Case(f"{name}, {how}", False, held_out, spoilt, config)
    given = config.nucleus_diameter_px
    if given is None:
        given = estimate_nucleus_diameter(image.channel(config.nuclei_channel or "dna"))
    for how, factor in (("diameter × 3", 3), ("diameter / 3", 1 / 3)):
        px = {"nucleus_diameter_px": max(given * factor, 2.1), "cell_diameter_px": None}
        yield Case(f"{name}, {how}", False, held_out, image, config.model_copy(update=px))
    if wrong:
        other = config.model_copy(update={"nuclei_channel": wrong})
        yield Case(f"{name}, nuclei in {wrong}", False, held_out, image, other)


def _spoilt(image: Image, diameter_px: float) -> dict[str, np.ndarray]:
    pixels = image.pixels.astype(np.float64)
    rng = np.random.default_rng(1)
    low, high = pixels.min((1, 2), keepdims=True), pixels.max((1, 2), keepdims=True)
    noise = rng.normal(0, 1, pixels.shape) * (high - low) / 255
    ground = np.percentile(pixels, 5, (1, 2), keepdims=True)
    sigma = 0.5 * diameter_px
    spoilt = {
        "blank": ground + noise,
        "out of focus": ndimage.gaussian_filter(pixels, (0, sigma, sigma)) + noise,
        "inverted": high + low - pixels,
    }
    most = np.iinfo(image.pixels.dtype).max
    return {k: np.rint(np.clip(p, 0, most)).astype(image.pixels.dtype) for k, p in spoilt.items()}


def _channels(name: str, files: list[Path], channels: tuple[str, ...]) -> Image:
    planes = [read_raw(str(path)).pixels[0] for path in files]
    return image_of(name, np.stack(planes), channels)


def image_of(name: str, pixels: np.ndarray, channels: tuple[str, ...]) -> Image:
    """Return an image (C, Y, X) with the ranges that it would be read with."""
    return Image(name, pixels, channels, channel_ranges(pixels, NormalisationConfig()))
