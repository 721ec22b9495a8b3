"""Time the Fréchet distance against the usual matrix root, and show that the values agree.

python -m benchmarks.frechet
"""

import time
import warnings

import numpy as np
from scipy import linalg

from cytoforge.pretrained.set_frechet import frechet_distance


def by_matrix_root(a: np.ndarray, b: np.ndarray) -> float:
    """Return the Fréchet distance through scipy's sqrtm of the d × d product."""
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(cov_a @ cov_b)
    means = ((a.mean(0) - b.mean(0)) ** 2).sum()
    return float(means + np.trace(cov_a) + np.trace(cov_b) - 2 * np.trace(root).real)


def main() -> None:
    random = np.random.default_rng(0)
    for n, d in ((200, 2048), (1000, 2048), (2600, 2048)):
        mix = random.normal(size=(d, d)) / np.sqrt(d)
        a = random.normal(size=(n, d)) @ mix
        b = 1.1 * random.normal(size=(n, d)) @ mix + 0.1
        start = time.perf_counter()
        fast = frechet_distance(a, b)
        middle = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sqrtm says that the product is singular: it is
            slow = by_matrix_root(a, b)
        end = time.perf_counter()
        print(
            f"n {n}, d {d}: {fast:.6f} in {middle - start:.3f} s; by matrix root {slow:.6f} in "
            f"{end - middle:.2f} s; {(end - middle) / (middle - start):.0f}x"
        )


if __name__ == "__main__":
    main()
