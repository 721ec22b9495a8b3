"""How an image was made, guessed from its grey values: fluorescence, phase contrast, H&E or IHC."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cytoforge.images.light import estimate_light, log_light
from cytoforge.images.raw import RGB

FLUORESCENCE, PHASE, HE, IHC = "fluorescence", "phase contrast", "H&E", "IHC"
# Of the range of grey values, where the middle one lies: as it is or, where that is more, under
# even light, as transmitted light has dark corners too. 0.37 and more on phase_t98g (vignettes too)
# and scratch_series; at most 0.31 on the grey images of dsb2018 and on kc167_fly. Below the second
# a ground is dark under any light.
_BRIGHT, _DARK = 1 / 3, 1 / 6
# Light is no detail: the image is reduced to about this shorter side for it.
_LIGHT_SIDE_PX = 200
# Of the stained pixels: those in which DAB's brown is stronger than blue.
_BROWN = 0.05
# Optical density (sum over red, green and blue) from which a pixel counts as stained.
_STAINED = 0.45
# Colour beside grey, as standard deviations: below the first, three channels show one grey picture;
# below the second too, unless half of it is bright glass. Tinted JPEGs of phase contrast have 0.24
# to 0.29, at 0.52 of the brightest; H&E and IHC 0.11 to 0.82, at 0.59 and more.
_NO_COLOUR, _TINT, _GLASS = 0.05, 0.3, 0.55
# How far fine structure goes below its ground, beside how far above: 0.15 to 0.7 for fluorescence
# on a dark ground, 0.63 to 1.07 in phase contrast, whose halos have both signs.
_BOTH_SIGNS = 0.75
# 0.83 at most on 53 fluorescence images of dsb2018; 0.9 and more on wound_healing.
_SURELY_BOTH = 0.88
# A scale bar in the picture: a rectangle of the brightest value, so many times as long as wide. Its
# edges are not looked at.
_BAR, _REACH_PX = 4, 36


@dataclass(frozen=True)
class Guess:
    """A modality and, in words with the figures, why it was taken."""

    modality: str
    why: str


def guess_modality(pixels: np.ndarray, channels: tuple[str, ...]) -> Guess:
    """Return how an image, (C, Y, X) of any type, was made.

    A ground that is dark means fluorescence; a bright one transmitted light. In colour, brown
    pixels (more green than blue in them) are DAB: eosin and haematoxylin absorb green most.
    """
    if len(pixels) > 1 and channels != RGB:
        return Guess(FLUORESCENCE, f"{len(pixels)} channels")
    small = pixels[:, :: _step(pixels), :: _step(pixels)].astype(np.float32)
    grey = small.mean(axis=0)
    middle = _middle_in_even_light(grey)
    coloured = channels == RGB and _is_stained(small)
    both = _both_signs(grey)
    if not coloured and middle < _BRIGHT and both > _BOTH_SIGNS:
        return Guess(PHASE, f"fine structure is as dark as bright ({both:.2f}), as of halos")
    if middle < _BRIGHT:
        return Guess(FLUORESCENCE, f"the ground is dark (median at {middle:.2f} of the range)")
    bright = f"the ground is bright (median at {middle:.2f} of the range)"
    if not coloured:
        return Guess(PHASE, f"{bright}, one grey channel; bright field and DIC look so too")
    brown = _brown_fraction(small)
    said = f"{bright}, in colour, {100 * brown:.0f} % of the stained pixels are brown"
    return Guess(IHC if brown > _BROWN else HE, said)


def transmitted_light(pixels: np.ndarray, channels: tuple[str, ...]) -> float:
    """Return how much an image, (C, Y, X) of any type, looks like one in transmitted light: 1 and
    more for a bright ground, or for fine structure as dark as bright; near 0 for fluorescence.

    channels : of which several other than red, green and blue are fluorescence: 0
    """
    if len(pixels) > 1 and channels != RGB:
        return 0.0
    grey = pixels[:, :: _step(pixels), :: _step(pixels)].astype(np.float32).mean(axis=0)
    middle = _middle_in_even_light(grey)
    return max(middle / _BRIGHT, _both_signs(grey) / _SURELY_BOTH)


def _step(pixels: np.ndarray) -> int:
    return -(-max(pixels.shape) // 1000)


def _middle(grey: np.ndarray) -> float:
    low, middle, high = np.percentile(grey, [0.1, 50, 99.9])
    return float((middle - low) / max(high - low, 1e-9))


def _middle_in_even_light(grey: np.ndarray) -> float:
    middle = _middle(grey)
    return max(middle, _middle(_evened(grey))) if _DARK < middle < _BRIGHT else middle


def _evened(grey: np.ndarray) -> np.ndarray:
    """Return (Y, X) without its slow light."""
    step = max(min(grey.shape) // _LIGHT_SIDE_PX, 1)
    small = grey[::step, ::step]
    height, width = small.shape
    light = estimate_light([small], [np.s_[0:height, 0:width]])
    even: np.ndarray = small / np.exp(log_light(light, (height, width)))
    return even


def _colour(colours: np.ndarray) -> float:
    """Return how much (3, Y, X) differ from grey, whatever the tint, beside what grey varies by."""
    without_tint = colours - np.median(colours, axis=(1, 2), keepdims=True)
    grey = without_tint.mean(axis=0)
    return float(np.sqrt(((without_tint - grey) ** 2).mean()) / max(float(grey.std()), 1e-9))


def _is_stained(colours: np.ndarray) -> bool:
    """Return whether (3, Y, X) shows stains, and not one grey picture with a tint."""
    colour = _colour(colours)
    on_glass = np.median(colours) > _GLASS * np.percentile(colours, 99.9)
    return bool(colour > _TINT or (colour > _NO_COLOUR and on_glass))


def _both_signs(grey: np.ndarray) -> float:
    """Return the depth of fine dark structure beside the height of bright, of (Y, X)."""
    relief = ndimage.gaussian_filter(grey, 1.5) - ndimage.gaussian_filter(grey, 12)
    low, high = np.percentile(relief[_beside_bars(grey)], [0.5, 99.5])
    return float(-low / max(high, 1e-9))


def _beside_bars(grey: np.ndarray) -> np.ndarray:
    """Return the pixels of (Y, X) away from scale bars, bool; all where these leave none."""
    seen = np.ones(grey.shape, bool)
    pieces, _ = ndimage.label(grey == grey.max())
    for number, (rows, cols) in enumerate(ndimage.find_objects(pieces), start=1):
        sides = sorted((rows.stop - rows.start, cols.stop - cols.start))
        full = bool((pieces[rows, cols] == number).all())
        if full and sides[0] > 1 and sides[1] >= _BAR * sides[0]:
            around = (slice(max(s.start - _REACH_PX, 0), s.stop + _REACH_PX) for s in (rows, cols))
            seen[tuple(around)] = False
    return seen if seen.any() else ~seen


def _brown_fraction(colours: np.ndarray) -> float:
    """Return the fraction of stained pixels, of (3, Y, X), that are brown."""
    white = max(float(np.percentile(colours, 99.9)), 1e-9)
    density = -np.log(np.clip(colours / white, 1e-3, 1))
    stained = density.sum(axis=0) > _STAINED
    # Brown absorbs blue most, then green, then red; pink and purple absorb green most.
    brown = stained & (density[2] > 1.15 * density[1]) & (density[1] > density[0])
    return float(brown.sum() / max(int(stained.sum()), 1))
