"""Forms of a wound in which no cells are laid."""

import numpy as np
from scipy import ndimage

from cytoforge.map_sources.sources.shapes.config import ShapesConfig


def gap_form(
    shape: tuple[int, int],
    margin: int,
    config: ShapesConfig,
    diameter_px: float,
    random: np.random.Generator,
) -> np.ndarray:
    """Return where the wound is, bool (Y, X): nowhere unless the config names its form.

    A strip crosses the field, as a scratch does; a circle or an ellipse lies near its middle. The
    border strays by a smooth random field.

    Parameters
    ----------
    shape : of the field with its margin, of which `gap_fraction` does not speak
    """
    if config.gap in ("learned", "none"):
        return np.zeros(shape, bool)
    height, width = (side - 2 * margin for side in shape)
    rows, cols = (np.arange(side, dtype=np.float64) - side / 2 for side in shape)
    across, along = rows[:, None], cols[None, :]
    angle = random.uniform(0, np.pi)
    if config.gap == "strip":
        # Along the longer side, as a scratch is photographed, give or take ten degrees.
        tilt = (angle / np.pi - 0.5) * np.pi / 9
        upright = height > width
        distance = np.abs(
            (along if upright else across) * np.cos(tilt)
            + (across if upright else along) * np.sin(tilt)
        )
        reach = config.gap_fraction * min(height, width) / 2
    else:
        long = 1.0 if config.gap == "circle" else 1.5
        x, y = (
            along * np.cos(angle) + across * np.sin(angle),
            across * np.cos(angle) - along * np.sin(angle),
        )
        distance = np.hypot(x / np.sqrt(long), y * np.sqrt(long))
        reach = min(np.sqrt(config.gap_fraction * height * width / np.pi), min(height, width) / 2)
    noise = ndimage.gaussian_filter(random.standard_normal(shape), 1.5 * diameter_px, mode="wrap")
    noise *= config.gap_roughness * diameter_px / max(float(noise.std()), 1e-12)
    form: np.ndarray = distance + noise < reach
    return form


def allowed_cells(form: np.ndarray, grid: tuple[int, int], step_px: float) -> np.ndarray | None:
    """Return which grid cells have their middle outside the form, bool; None: all."""
    if not form.any():
        return None
    rows, cols = (
        np.minimum(((np.arange(n) + 0.5) * step_px).astype(np.int64), side - 1)
        for n, side in zip(grid, form.shape, strict=True)
    )
    allowed: np.ndarray = ~form[np.ix_(rows, cols)]
    return allowed
