"""Time the eight pair metrics without LPIPS, all of the original's nine but one, at 256 and 512 px.

    python -m benchmarks.pair_metrics [--pairs 8] [--threads 1]

"Original": one 8-bit pair after the other through scikit-image, NumPy and SciPy calls, both
histograms computed again for each histogram metric. "Ours": all pairs in one batch of unit images,
as the workflow holds them, and three histogram metrics more than the original computes. Runs are
interleaved and medians given, so that other work on the machine affects both alike.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from scipy import ndimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from cytoforge.metrics.pair_metrics.gradient import gradient_metrics
from cytoforge.metrics.pair_metrics.histogram import histogram_metrics
from cytoforge.metrics.pair_metrics.pixel import pixel_metrics
from cytoforge.metrics.pair_metrics.structure import ssim_metrics

NINE_BUT_LPIPS = (pixel_metrics, ssim_metrics, gradient_metrics, histogram_metrics)


def original(real: np.ndarray, fake: np.ndarray) -> dict[str, float]:
    """Score one pair of uint8 images (H, W) as the original script does."""
    x, y = real.ravel(), fake.ravel()
    wide = x.astype(np.float64), y.astype(np.float64)
    gradients = [ndimage.sobel(image, axis=axis) for axis in (0, 1) for image in (real, fake)]
    return {
        "psnr": peak_signal_noise_ratio(real, fake, data_range=255),
        "ssim": structural_similarity(real, fake, data_range=255),
        "mse": float(np.average((wide[0] - wide[1]) ** 2)),
        "mae": float(np.average(np.abs(wide[0] - wide[1]))),
        "pearson": float(np.corrcoef(x, y)[0, 1]),
        "cross_entropy": -float(np.sum(_density(x) * np.log(_density(y)))),
        "bhattacharyya": float(np.sum(np.sqrt(_density(x) * _density(y)))),
        "gradient_error": float(
            np.mean(np.abs(gradients[0] - gradients[1]) + np.abs(gradients[2] - gradients[3]))
        ),
    }


def _density(values: np.ndarray) -> np.ndarray:
    density, _ = np.histogram(values, bins=256, range=(0, 256), density=True)
    return np.maximum(density, 1e-10)


def ours(real: torch.Tensor, fake: torch.Tensor) -> dict[str, torch.Tensor]:
    """Score unit pairs (B, 1, H, W) in one batch."""
    return {name: value for metric in NINE_BUT_LPIPS for name, value in metric(real, fake).items()}


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def compare(real: np.ndarray, fake: np.ndarray, repeats: int) -> tuple[float, float]:
    """Return median milliseconds per pair of the original and ours, run in turns."""
    pairs = list(zip(real, fake, strict=True))
    x, y = (torch.from_numpy(images)[:, None].float() / 255 for images in (real, fake))
    ours(x, y)  # page in libraries and heap
    times = [
        (
            milliseconds(lambda: [original(*pair) for pair in pairs]),
            milliseconds(lambda: ours(x, y)),
        )
        for _ in range(repeats)
    ]
    slow, fast = np.median(times, axis=0) / len(pairs)
    return float(slow), float(fast)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    random = np.random.default_rng(0)
    for side in (256, 512):
        shape = (arguments.pairs, side, side)
        smooth = ndimage.gaussian_filter(random.normal(size=shape), (0, 3, 3))
        real = np.clip(128 + 600 * smooth, 0, 255).astype(np.uint8)
        fake = np.clip(real + random.normal(0, 10, shape), 0, 255).astype(np.uint8)
        slow, fast = compare(real, fake, arguments.repeats)
        print(
            f"{side} px, {arguments.threads} thread(s): original {slow:.2f} ms per pair, "
            f"ours {fast:.2f} ms, {slow / fast:.1f}x"
        )


if __name__ == "__main__":
    main()
