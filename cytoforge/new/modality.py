"""How an image was made, guessed from its grey values: fluorescence, phase contrast, H&E or IHC."""

from dataclasses import dataclass

import numpy as np

from cytoforge.images.raw import RGB

FLUORESCENCE, PHASE, HE, IHC = "fluorescence", "phase contrast", "H&E", "IHC"
# Of the range of grey values, where the middle one lies.
_BRIGHT = 1 / 3
# Of the stained pixels: those in which DAB's brown is stronger than blue.
_BROWN = 0.05
# Optical density (sum over red, green and blue) from which a pixel counts as stained.
_STAINED = 0.45


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
    coloured = channels == RGB
    if len(pixels) > 1 and not coloured:
        return Guess(FLUORESCENCE, f"{len(pixels)} channels")
    small = pixels[:, :: _step(pixels), :: _step(pixels)].astype(np.float32)
    middle = _middle(small.mean(axis=0))
    if middle < _BRIGHT:
        return Guess(FLUORESCENCE, f"the ground is dark (median at {middle:.2f} of the range)")
    bright = f"the ground is bright (median at {middle:.2f} of the range)"
    if not coloured:
        return Guess(PHASE, f"{bright}, one grey channel; bright field and DIC look so too")
    brown = _brown_fraction(small)
    said = f"{bright}, in colour, {100 * brown:.0f} % of the stained pixels are brown"
    return Guess(IHC if brown > _BROWN else HE, said)


def _step(pixels: np.ndarray) -> int:
    return -(-max(pixels.shape) // 1000)


def _middle(grey: np.ndarray) -> float:
    low, middle, high = np.percentile(grey, [0.1, 50, 99.9])
    return float((middle - low) / max(high - low, 1e-9))


def _brown_fraction(colours: np.ndarray) -> float:
    """Return the fraction of stained pixels, of (3, Y, X), that are brown."""
    white = max(float(np.percentile(colours, 99.9)), 1e-9)
    density = -np.log(np.clip(colours / white, 1e-3, 1))
    stained = density.sum(axis=0) > _STAINED
    # Brown absorbs blue most, then green, then red; pink and purple absorb green most.
    brown = stained & (density[2] > 1.15 * density[1]) & (density[1] > density[0])
    return float(brown.sum() / max(int(stained.sum()), 1))
