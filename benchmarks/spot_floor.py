"""How well the Laplacian of a Gaussian finds spots: the floor that a detector has to beat.

`.venv/bin/python -m benchmarks.spot_floor` prints a table: F1 at 3 px and localisation RMSE (px) by
width, number and photons of the spots. Fields of 256 × 256 px, spots anywhere in them, on a ground
of 20 photons, CV of the photons 0.3, read noise 2, pedestal 100; filtered at the true width,
threshold 4.5 robust standard deviations of the response.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from cytoforge.config.spots import SpotsConfig
from cytoforge.metrics.spot_scores import SpotField, score_spots
from cytoforge.seeds import generator
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from cytoforge.segmentation.spot_detection import detect_spots
from cytoforge.spots.camera import expose
from cytoforge.spots.optics import Optics
from cytoforge.spots.positions import Spots, draw_spots

Ground = Literal["flat", "cell"]
SIDE_PX, GRID = 256, 5  # GRID cells in each direction
WIDTHS_PX, NUMBERS, PHOTONS = (0.9, 1.3), (100, 400), (100, 200, 400, 1000)


@dataclass(frozen=True)
class Cell:
    """One cell of the table: what is drawn, and how well it is found."""

    sigma_px: float
    n_spots: int
    photons: float
    f1: float
    rmse_px: float


def floor(
    sigma_px: float,
    n_spots: int,
    photons: float,
    fields: int = 8,
    ground: Ground = "flat",
) -> Cell:
    """Return how well spots are found in so many fields."""
    cells = 1 if ground == "flat" else GRID**2
    per_object = n_spots // cells
    config = SpotsConfig(
        per_object=per_object, counts="fixed", photons=photons, background_form=ground
    )
    drawn = [_searched(field_of_spots(config, sigma_px, str(k)), sigma_px) for k in range(fields)]
    table = score_spots(drawn, "LoG").scores.set_index("score")["value"]
    return Cell(sigma_px, n_spots, photons, float(table["f1"]), float(table["rmse_px"]))


@dataclass(frozen=True)
class Field:
    """Grey values of a field, uint16 (Y, X), and the spots in it."""

    name: str
    spots: Spots
    pixels: np.ndarray


def field_of_spots(config: SpotsConfig, sigma_px: float, name: str) -> Field:
    """Return a field of spots anywhere in it, or in its cells where the ground has their shape; the
    same name gives the same one."""
    drawn = (str(sigma_px), str(config.per_object), str(config.photons))
    rng = generator(1, "spot floor", *drawn, name)
    flat = config.background_form == "flat"
    labels = np.ones((SIDE_PX, SIDE_PX), np.int32) if flat else _cells()
    spots = draw_spots(Segmentation({"cells": ObjectPlane(labels)}, "all"), config, rng)
    return Field(name, spots, expose(spots, labels, Optics(sigma_px), config, rng).pixels)


def _cells() -> np.ndarray:
    """Return round cells in rows and columns, int32 (Y, X)."""
    step = SIDE_PX / GRID
    place = np.arange(SIDE_PX)
    which = (place / step).astype(int)
    away = place - (which + 0.5) * step
    inside = np.add.outer(away**2, away**2) <= (0.42 * step) ** 2
    return np.where(inside, np.add.outer(which * GRID, which) + 1, 0).astype(np.int32)


def _searched(field: Field, sigma_px: float) -> SpotField:
    found = detect_spots(field.pixels, sigma_px)
    by_log = {"LoG": (found.points, found.grey)}
    spots = field.spots
    return SpotField(field.name, spots.points, spots.photons, by_log, (SIDE_PX, SIDE_PX))


def table(fields: int, ground: Ground = "flat") -> Iterator[str]:
    """Yield the rows of the table in Markdown."""
    yield "| σ px | spots | " + " | ".join(f"{n} photons" for n in PHOTONS) + " |"
    yield "|---" * (2 + len(PHOTONS)) + "|"
    for sigma in WIDTHS_PX:
        for n in NUMBERS:
            cells = [floor(sigma, n, photons, fields, ground) for photons in PHOTONS]
            words = " | ".join(f"{cell.f1:.2f}, {cell.rmse_px:.2f}" for cell in cells)
            yield f"| {sigma} | {n} | {words} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fields", type=int, default=8, help="fields per cell of the table")
    parser.add_argument("--ground", choices=get_args(Ground), default="flat")
    given = parser.parse_args()
    for line in table(given.fields, given.ground):
        print(line, flush=True)


if __name__ == "__main__":
    main()
