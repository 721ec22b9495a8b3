"""Score the default watershed on the grey images of the 2018 Data Science Bowl (BBBC038).

    python -m benchmarks.segmentation_dsb2018 FOLDER

FOLDER holds images/*.tif and labels/*.tif, of that set or another. Prints one line per image,
the mean F1 at IoU 0.5, in which a field of two nuclei counts as much as one of two hundred, and F1
pooled over all nuclei; with one setting for all and the nucleus diameter estimated from each image.
The defaults were chosen on these images, so what they reach here is no test of them.
"""

import sys
import time
from pathlib import Path

import numpy as np
import tifffile

from cytoforge.segmentation.matching import match_instances, pixel_dice
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.moments import median_diameter_px
from cytoforge.segmentation.nuclei import find_nuclei
from cytoforge.segmentation.nucleus_size import estimate_nucleus_diameter


def main(folder: Path) -> None:
    """Print the table."""
    config = WatershedConfig()
    rows, counts = [], []
    print("image      shape       true d  est. d   F1    precision  recall  IoU    Dice   s")
    for path in sorted((folder / "images").glob("*.tif")):
        image = tifffile.imread(path)
        if image.ndim != 2:  # colour histology
            continue
        truth = tifffile.imread(folder / "labels" / path.name)
        start = time.perf_counter()
        diameter = estimate_nucleus_diameter(image, config)
        nuclei = find_nuclei(image, diameter, config)
        seconds = time.perf_counter() - start
        m = match_instances(truth, nuclei)
        dice = pixel_dice(truth, nuclei)
        counts.append((m.tp, m.fp, m.fn))
        rows.append((m.f1, m.precision, m.recall, m.mean_iou, dice, seconds))
        size = f"{image.shape[0]}×{image.shape[1]}"
        print(
            f"{path.stem[:8]}   {size:10}  {median_diameter_px(truth) or 0:6.1f}  {diameter:6.1f}  "
            f"{m.f1:.3f}  {m.precision:.3f}      {m.recall:.3f}   {m.mean_iou:.3f}  "
            f"{dice:.3f}  {seconds:.2f}"
        )
    mean = np.mean(rows, axis=0)
    print(f"mean over {len(rows)} images: F1 {mean[0]:.4f}, precision {mean[1]:.4f}, ", end="")
    print(f"recall {mean[2]:.4f}, IoU {mean[3]:.4f}, Dice {mean[4]:.4f}, {mean[5]:.2f} s per image")
    tp, fp, fn = np.sum(counts, axis=0)
    print(f"pooled over {tp + fn} nuclei: F1 {2 * tp / (2 * tp + fp + fn):.4f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
