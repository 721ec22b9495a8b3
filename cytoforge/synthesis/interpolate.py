"""A film from one drawn label map to the next, through those between them.

    python -m cytoforge.synthesis.interpolate results/models/maps7 --seeds 1 2 3 --to film.gif

Styles are interpolated, and layer noise stays that of the first seed: a model that has learnt cells
changes them smoothly, one that knows maps by heart jumps from one to the next. A name that ends in
.gif gives an animation in the classes' colours, in .tif a stack of codes.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import tifffile
import torch
from PIL import Image

from cytoforge.errors import UserError, told
from cytoforge.jobs.atomic import atomic_path
from cytoforge.synthesis.drawn_maps import Drawer, load_drawer

SUFFIXES = (".gif", ".tif", ".tiff")
MILLISECONDS = 80


def frames(
    drawer: Drawer, seeds: Sequence[int], steps: int, truncation: float = 1.0
) -> Iterator[np.ndarray]:
    """Yield label maps from each seed to the next and back to the first, uint8 (H, W).

    steps : maps per seed, the seed's own the first of them
    """
    styles = [drawer.style(seed, truncation) for seed in seeds]
    for style, following in zip(styles, [*styles[1:], styles[0]], strict=True):
        for step in range(steps):
            between = torch.lerp(style, following, step / steps)
            yield drawer.decoded(drawer.soft(between, seeds[0])).labels


def write_film(path: Path, maps: Sequence[np.ndarray], colours: Sequence[Sequence[int]]) -> None:
    """Write maps as an animation that is repeated, or as a stack (frames, H, W)."""
    with atomic_path(path) as temporary:
        if path.suffix.lower() != ".gif":
            tifffile.imwrite(temporary, np.stack(maps), photometric="minisblack")
            return
        palette = [part for colour in colours for part in colour]
        pictures = [Image.fromarray(labels) for labels in maps]
        for picture in pictures:
            picture.putpalette(palette)
        pictures[0].save(
            temporary,
            format="GIF",
            save_all=True,
            append_images=pictures[1:],
            duration=MILLISECONDS,
            loop=0,
            disposal=1,
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the film and say what it holds."""
    parser = argparse.ArgumentParser(
        prog="python -m cytoforge.synthesis.interpolate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="FOLDER", help="a trained model, results/models/NAME")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--steps", type=int, default=16, help="maps from one seed to the next")
    parser.add_argument("--truncation", type=float, default=1.0)
    parser.add_argument("--to", type=Path, default=Path("film.gif"), metavar="FILE")
    given = parser.parse_args(arguments)
    with told():
        if given.to.suffix.lower() not in SUFFIXES:
            raise UserError(
                where="--to",
                expected=f"a name that ends in {', '.join(SUFFIXES)}",
                found=str(given.to),
                fix="name such a file",
            )
        drawer = load_drawer(given.model)
        made = list(frames(drawer, given.seeds, given.steps, given.truncation))
        write_film(given.to, made, [code.colour for code in drawer.model.codes])
        print(f"{given.to}: {len(made)} maps of {drawer.size_px} px")
    return 0


if __name__ == "__main__":
    sys.exit(main())
