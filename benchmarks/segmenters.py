"""Compare segmenters on images with true labels, as a benchmark of the config does.

    python -m benchmarks.segmenters FOLDER OUTPUT [COUNT]

FOLDER holds images/*.tif and labels/*.tif, e.g. of the 2018 Data Science Bowl (BBBC038), of which
the first COUNT grey images are taken (10). Compared are the default watershed, the same with nuclei
said to be 12 px wide, and, as a tool outside, Otsu's threshold with its connected pieces. Prints
the scores, and writes all tables and pictures of failures into OUTPUT. The defaults of the
watershed were chosen on these images: what it reaches is no test of it.
"""

import sys
from pathlib import Path

import numpy as np
import tifffile
from skimage.filters import threshold_otsu
from skimage.measure import label

from cytoforge.config.images import NormalisationConfig
from cytoforge.images.image import Image
from cytoforge.images.normalise import channel_ranges
from cytoforge.jobs.optional_files import read_rows, real
from cytoforge.metrics.segmenter_benchmark.benchmark_files import by_image, contest_of_real
from cytoforge.metrics.segmenter_benchmark.run_benchmark import run_benchmark
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.registry import segment
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from cytoforge.segmentation.segmentation_file import write_segmentation

CONTESTANTS = {"watershed": {}, "narrow": {"nucleus_diameter_px": 12.0}}
SHOWN = ("f1", "f1_pooled", "ap", "pq", "aji", "seg", "split", "merged")
SHOWN += ("pixel_precision", "pixel_recall", "pixel_f1", "pixel_miou")


def grey_images(folder: Path, count: int) -> dict[str, Image]:
    """Return the first grey images by a short name."""
    found: dict[str, Image] = {}
    for path in sorted((folder / "images").glob("*.tif")):
        pixels = tifffile.imread(path)
        if pixels.ndim == 2 and len(found) < count:
            ranges = channel_ranges(pixels[None], NormalisationConfig())
            found[path.stem] = Image(path.stem, pixels[None], ("dna",), ranges)
    return found


def write_found(output: Path, folder: Path, images: dict[str, Image]) -> list[Path]:
    """Write what each contestant finds, and the truth; return the files of those that segment."""
    written = []
    (output / "otsu").mkdir(parents=True, exist_ok=True)
    for name, image in images.items():
        labels = tifffile.imread(folder / "labels" / f"{name}.tif").astype(np.int32)
        truth = Segmentation({"nuclei": ObjectPlane(labels)}, "people")
        files = {"truth": truth}
        for contestant, settings in CONTESTANTS.items():
            files[contestant] = segment(image, WatershedConfig(**settings))
        for method, found in files.items():
            path = output / method / f"{name}.ome.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_segmentation(path, found)
            written += [path] if method != "truth" else []
        bright = image.pixels[0] > threshold_otsu(image.pixels[0])
        tifffile.imwrite(output / "otsu" / f"{name}.tif", label(bright).astype(np.uint16))
    return written


def main(folder: Path, output: Path, count: int = 10) -> None:
    """Compare, and print one line per segmenter and score."""
    images = grey_images(folder, count)
    found = write_found(output, folder, images)
    outside = {"otsu": {"nuclei": by_image(output.glob("otsu/*.tif"), ".tif")}}
    contest = contest_of_real(
        output.glob("truth/*"), found, list(CONTESTANTS),
        objects=["nuclei"], outside=outside, regions=None,
    )  # fmt: skip
    told = {"set": "real", "truth": "people", "behind": ""}
    run_benchmark(contest, images.__getitem__, {}, told, 0.95, output)
    print(f"{len(images)} images")
    for row in read_rows(output / "ranking.csv"):
        low, high = real(row["low"]), real(row["high"])
        if row["metric"] in SHOWN:
            chance = f"{low:.3f} to {high:.3f}" if low is not None and high is not None else ""
            value = real(row["value"])
            print(
                f"{row['metric']:16} {row['segmenter']:10} {value or 0:8.4f}  {chance:16}"
                f" rank {row['rank']:2} not different from {row['not_different_from'] or 'any'}"
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:4]))
