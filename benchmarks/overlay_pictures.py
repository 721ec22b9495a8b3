"""Make the pictures of README's table of methods: what each finds in the shipped images.

    python -m benchmarks.overlay_pictures [FOLDER]

Writes one crop per kind of image into FOLDER (docs), and one of a method that does not fit; what
its checks say is printed, so that README can quote it.
"""

import argparse
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoforge.config.load import load_config
from cytoforge.config.yaml_file import read_yaml
from cytoforge.images.picture import write_png
from cytoforge.images.samples import read_samples
from cytoforge.look.examine import Looked, examine

SIDE_PX = 320


@dataclass(frozen=True)
class Shown:
    """A picture: which image of which example, where, and other segmentation settings."""

    name: str
    config: str
    start: str
    image: str
    corner: tuple[int, int]
    settings: dict[str, object] | None = None


PICTURES = (
    Shown("fluorescence", "config/config.yaml", ".", "pos002", (300, 300)),
    Shown("phase_contrast", "config/scratch.yaml", "runs/scratch", "hour00", (140, 300)),
    Shown("histology", "config/histology.yaml", "runs/histology", "", (0, 0)),
    Shown(
        "wrong_method",
        "config/scratch.yaml",
        "runs/scratch",
        "hour00",
        (140, 300),
        {"method": "watershed"},
    ),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the pictures and print what is said of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs"))
    folder = parser.parse_args(arguments).folder
    for shown in PICTURES:
        looked = look_at(shown)
        assert looked.picture is not None, looked.failed
        write_png(folder / f"found_{shown.name}.png", cropped(looked.picture, shown.corner))
        said = [one.sentence for one in looked.checks if not one.passed] or ["all checks passed"]
        found = "; ".join(tally.in_words() for tally in looked.tallies)
        print(f"{shown.name}, {looked.image}: {found}; {'; '.join(said)}")


def look_at(shown: Shown) -> Looked:
    """Return what an example's segmentation finds in one of its images."""
    raw = read_yaml(shown.config)
    if shown.settings is not None:
        name = next(iter(raw["segmentations"]))
        raw["segmentations"][name] = shown.settings
    config = load_config(raw, shown.config)
    Path(shown.start).mkdir(parents=True, exist_ok=True)
    with chdir(shown.start):
        samples = read_samples(config.samples, config.images.channels)
        chosen = [one for one in samples if one.name == (shown.image or samples[0].name)]
        return examine(config, next(iter(config.segmentations)), chosen)[0]


def cropped(picture: np.ndarray, corner: tuple[int, int]) -> np.ndarray:
    """Return a square of a picture (Y, X, 3) from that row and column on."""
    row, col = corner
    return np.ascontiguousarray(picture[row : row + SIDE_PX, col : col + SIDE_PX])


if __name__ == "__main__":
    main()
