"""How true an image's detail must be for its cells to be found again as they were.

    python -m benchmarks.segmentation_detail [--results results]

Segments the real images of a finished `make run`, and again after each change, and prints F1 of
cells and nuclei: how well a generator could do at best whose images are true down to that scale.
`other detail below x px`: what a Gaussian of x px removes comes from elsewhere (the image turned by
180°), so sharpness and texture stay real and lie in the wrong places.
"""

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import yaml
from scipy import ndimage

from cytoforge.config.load import load_config
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.images.ome import read_image
from cytoforge.metrics.intervals import f1
from cytoforge.metrics.resegmentation import COUNTS, STRICT, agreement
from cytoforge.segmentation.registry import segment, segment_like
from cytoforge.segmentation.segmentation import Segmentation

CONFIG = Path("config/config.yaml")
SCALES_PX = (1, 1.5, 2, 2.5, 4)
KEYS = [key + end for end in ("", STRICT) for key in COUNTS]
Change = Callable[[np.ndarray], np.ndarray]
Field = tuple[Image, Segmentation]


def blurred(pixels: np.ndarray, px: float) -> np.ndarray:
    """Return channels (C, Y, X) without detail below a Gaussian's `px`."""
    smooth: np.ndarray = ndimage.gaussian_filter(pixels, (0, px, px))
    return smooth


def with_other_detail(pixels: np.ndarray, px: float) -> np.ndarray:
    """Return channels (C, Y, X) whose detail below `px` is that of the image turned by 180°."""
    smooth = blurred(pixels, px)
    return smooth + (pixels - smooth)[:, ::-1, ::-1]


def noisy(pixels: np.ndarray, fraction: float) -> np.ndarray:
    """Return channels (C, Y, X) with noise whose SD is a fraction of each pixel's value."""
    draw = np.random.default_rng(0).normal(0, fraction, pixels.shape)
    return pixels * (1 + draw)


def changes() -> dict[str, Change]:
    made: dict[str, Change] = {"none": lambda pixels: pixels}
    made |= {f"noise, SD {f:.0%}": partial(noisy, fraction=f) for f in (0.05, 0.15)}
    made |= {f"blurred by {px} px": partial(blurred, px=px) for px in SCALES_PX[:3]}
    other = {f"other detail below {px} px": partial(with_other_detail, px=px) for px in SCALES_PX}
    return made | other


def read_fields(results: Path, config: SegmentationBase) -> list[Field]:
    """Return the images of a run with their segmentations, which every change is held against."""
    images = map(read_image, sorted((results / "images").glob("*.ome.tif")))
    return [(image, segment(image, config)) for image in images]


def scores(fields: list[Field], config: SegmentationBase, change: Change) -> dict[str, float]:
    """Return F1 at IoU 0.5 and 0.8 of cells and nuclei, over the objects of all images."""
    counts: Counter[str] = Counter()
    for image, known in fields:
        limits = np.iinfo(image.pixels.dtype)
        pixels = np.clip(change(image.pixels.astype(np.float32)), limits.min, limits.max)
        changed = replace(image, pixels=np.rint(pixels).astype(image.pixels.dtype))
        for row in agreement(known, segment_like(changed, known, config)):
            if COUNTS[0] in row:
                counts.update({f"{row['object']} {key}": int(row[key]) for key in KEYS})
    return {
        f"{name}{end}": float(f1(np.array([counts[f"{name} {key}{end}"] for key in COUNTS])))
        for name in ("cells", "nuclei")
        for end in ("", STRICT)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=Path("results"))
    config = load_config(yaml.safe_load(CONFIG.read_text())).segmentations["cells"]
    fields = read_fields(parser.parse_args().results, config)
    print("| change | cells, IoU 0.5 | cells, 0.8 | nuclei, 0.5 | nuclei, 0.8 |")
    print("|---|---|---|---|---|")
    for name, change in changes().items():
        row = " | ".join(f"{value:.3f}" for value in scores(fields, config, change).values())
        print(f"| {name} | {row} |", flush=True)


if __name__ == "__main__":
    main()
