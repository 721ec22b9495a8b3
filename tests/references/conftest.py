"""Small random segmentations."""

from collections.abc import Callable

import numpy as np
import pytest

from cytoforge.segmentation.segmentation import Segmentation
from tests.segmentations import cells_and_gap

MakeField = Callable[..., tuple[Segmentation, np.ndarray]]


@pytest.fixture(scope="session")
def make_field() -> MakeField:
    """Return (seed, height, width, n_cells) -> segmentation and whole-numbered grey values."""
    return random_field


def random_field(
    seed: int, height: int = 26, width: int = 31, n_cells: int = 12
) -> tuple[Segmentation, np.ndarray]:
    """Touching cells cut by the edges, ids with holes, some without nucleus, a gap over cells."""
    random = np.random.default_rng(seed)
    rows, columns = np.indices((height, width))
    centres = random.uniform((0, 0), (height, width), (n_cells, 2))
    distances = np.hypot(rows[..., None] - centres[:, 0], columns[..., None] - centres[:, 1])
    nearest, reach = distances.argmin(-1), random.uniform(2, 9, n_cells)
    ids = np.concatenate([[0], np.sort(random.choice(np.arange(1, 40), n_cells, replace=False))])
    owner = np.where(distances.min(-1) <= reach[nearest], nearest + 1, 0)
    owner[random.random(owner.shape) < 0.03] = 0
    core = distances.min(-1) <= (reach * random.uniform(-0.4, 1.1, n_cells))[nearest]
    cells = ids[owner].astype(np.int32)
    top, left = random.integers(0, (height, width))
    gap = (rows >= top) & (rows < top + 9) & (columns >= left) & (columns < left + 9)
    # Whole numbers, a base a cell: sums are exact, so no tie hangs on the last bit.
    base = random.integers(0, 200, 40)[cells]
    grey = (base + random.integers(0, 40, cells.shape)).astype(np.float32)
    return cells_and_gap(cells * core, cells, gap, 5.0, 9.0, "random"), grey
