"""Whether a source returns its training maps: the nearest training window of every drawn window.

Windows of one side are looked for at every place of every training map, under the 8 symmetries of
the square. How alike two windows are is Cohen's kappa of their codes (Cohen 1960): the part of
equal pixels beyond what their classes' shares give by chance, since two empty windows, or two full
ones, are alike without any copying.

Some windows are alike to many, as those that a wide gap divides. So what is judged is by how much a
window is more alike to a training map than to any held-out one: a copy is, by far. Real held-out
windows, compared with the other held-out maps, say how large that difference gets by chance.

The search is made on maps of which every `step`th pixel is kept, its best place then looked at
pixel by pixel.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import fft, stats

from cytoforge.metrics.map_quality.map_fields import MapField, windows
from cytoforge.metrics.map_quality.uniform_placement import turned
from cytoforge.metrics.verdicts import NEAR, Verdict
from cytoforge.seeds import generator

COARSE_PX = 32
"""Side of a window in the search; each keeps its cells in it."""
MOST_WINDOWS = 48
FEWEST_WINDOWS = 20  # for a 5 % quantile
MOST_OF_ONE = 0.95
"""Cover of one class from which on a window shows nothing."""
ALIKE_BY_CHANCE = 0.99  # equal pixels by chance from which on kappa is a ratio of rounding errors
SURE = 0.99
COLUMNS = (
    *("series", "map", "row", "col", "kappa", "equal", "held_out_kappa"),
    *("train_map", "train_row", "train_col", "symmetry"),
)


@dataclass(frozen=True)
class Haystack:
    """A training map to search.

    spectra : of its thinned codes (K, …), as if of that `size`, for which a transform is fast
    shares : of classes at each place of a window (K, y, x)
    """

    field: MapField
    size: tuple[int, int]
    spectra: np.ndarray
    shares: np.ndarray


def nearest_windows(
    series: dict[str, Sequence[MapField]],
    train: Sequence[MapField],
    held: Sequence[MapField],
    n_codes: int,
    side: int,
    seed: int,
) -> pd.DataFrame:
    """Return, per window of each series, the most alike window of the training maps, and how alike
    the most alike one of the held-out maps is.

    At most `MOST_WINDOWS` of each series, drawn by seed. Windows that one class covers nearly alone
    are left out: there is nothing in them to copy.
    Columns: series, map, row, col, kappa, equal (part of equal pixels, 1 less Hamming),
    held_out_kappa (of maps other than its own; NaN where there are none), train_map, train_row,
    train_col, symmetry (how the window had to be turned).
    """
    step = max(side // COARSE_PX, 1)
    stacks, others = (
        [_haystack(field, n_codes, side, step) for field in fields] for fields in (train, held)
    )
    rows = []
    for name, fields in series.items():
        for field, row, col in _some_windows(name, fields, side, seed):
            window = field.labels[row : row + side, col : col + side]
            found = _nearest(window, stacks, n_codes, step)
            away = [stack for stack in others if stack.field.name != field.name]
            if away:
                found["held_out_kappa"] = _nearest(window, away, n_codes, step)["kappa"]
            rows.append({"series": name, "map": field.name, "row": row, "col": col, **found})
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


def copies_verdict(table: pd.DataFrame, made: str, real: str) -> Verdict:
    """Say whether more drawn windows than chance (99 %) are more alike to training maps than to
    held-out ones, by as much as the uppermost 5 % of real held-out windows."""
    name = "copies no training maps"
    nearer = (table["kappa"] - table["held_out_kappa"]).dropna()
    held, ours = (nearer[table["series"] == one] for one in (real, made))
    if min(len(held), len(ours)) < FEWEST_WINDOWS:
        text = (
            f"Needs {FEWEST_WINDOWS} windows of either kind; there are {len(ours)} of drawn maps"
            f" and {len(held)} of held-out real ones."
        )
        return Verdict(name, None, text)
    near = int((ours > held.quantile(1 - NEAR)).sum())
    # A quantile of few windows is itself a chance value: beta-binomial, not binomial.
    most = _most_near(len(ours), len(held))
    text = (
        f"{near} of {len(ours)} drawn windows are more alike to a training map than to a held-out"
        f" one by as much as the uppermost {NEAR:.0%} of {len(held)} real held-out windows; chance"
        f" makes up to {most}."
    )
    return Verdict(name, near <= most, text)


def _most_near(n: int, held: int) -> int:
    """Return how many of n values of the same distribution exceed that quantile of `held` others,
    at most, in 99 % of cases: the part above it is Beta distributed."""
    above = max(round(NEAR * held), 1)
    return int(stats.betabinom.ppf(SURE, n, above, held + 1 - above))


def _some_windows(
    name: str, fields: Sequence[MapField], side: int, seed: int
) -> Iterator[tuple[MapField, int, int]]:
    places = [
        (field, rows.start, cols.start)
        for field in fields
        for rows, cols in windows(field.shape, side)
        if np.bincount(field.labels[rows, cols].ravel()).max() <= MOST_OF_ONE * side**2
    ]
    if len(places) > MOST_WINDOWS:
        random = generator(seed, "metrics", "map_quality", "windows", name)
        chosen = random.choice(len(places), MOST_WINDOWS, replace=False)
        places = [places[k] for k in sorted(chosen)]
    yield from places


def _haystack(field: MapField, n_codes: int, side: int, step: int) -> Haystack:
    coarse = field.labels[::step, ::step]
    planes = (coarse == np.arange(n_codes)[:, None, None]).astype(np.float32)  # (K, y, x)
    size = (fft.next_fast_len(coarse.shape[0], True), fft.next_fast_len(coarse.shape[1], True))
    spectra = fft.rfft2(planes, size)
    small = len(range(0, side, step))
    sums = np.zeros((n_codes, coarse.shape[0] + 1, coarse.shape[1] + 1))
    sums[:, 1:, 1:] = planes.cumsum(1, np.float64).cumsum(2)
    boxes = sums[:, small:, small:] - sums[:, :-small, small:]
    boxes -= sums[:, small:, :-small] - sums[:, :-small, :-small]
    return Haystack(field, size, spectra, boxes / small**2)


def _nearest(
    window: np.ndarray, stacks: Sequence[Haystack], n_codes: int, step: int
) -> dict[str, object]:
    """Return the most alike place of all training maps, first roughly, then to the pixel."""
    best: tuple[float, Haystack, int, int, int] | None = None
    for symmetry in range(8):
        whole = turned(window, symmetry)
        small = whole[::step, ::step]
        shares = np.bincount(small.ravel(), minlength=n_codes) / small.size
        planes = (small == np.arange(n_codes)[:, None, None]).astype(np.float32)
        spectra = {size: fft.rfft2(planes, size) for size in {stack.size for stack in stacks}}
        for stack in stacks:
            equal = _equal_parts(spectra[stack.size], stack) / small.size
            kappa = _kappa(equal, np.tensordot(shares, stack.shares, 1))
            row, col = divmod(int(kappa.argmax()), kappa.shape[1])
            if best is None or kappa[row, col] > best[0]:
                best = (float(kappa[row, col]), stack, symmetry, row, col)
    assert best is not None, "there are training maps"
    _, stack, symmetry, row, col = best
    place = _refined(turned(window, symmetry), stack.field.labels, row * step, col * step, step)
    return {**place, "train_map": stack.field.name, "symmetry": symmetry}


def _equal_parts(spectra: np.ndarray, stack: Haystack) -> np.ndarray:
    """Return the number of equal pixels at each place of the window, by the Fourier transform."""
    found = fft.irfft2((np.conj(spectra) * stack.spectra).sum(0), stack.size)
    inside: np.ndarray = found[: stack.shares.shape[1], : stack.shares.shape[2]]
    return inside


def _refined(
    window: np.ndarray, labels: np.ndarray, row: int, col: int, step: int
) -> dict[str, float | int]:
    side = window.shape[0]
    best: dict[str, float | int] = {"kappa": -np.inf}
    for y in range(max(row - step, 0), min(row + step, labels.shape[0] - side) + 1):
        for x in range(max(col - step, 0), min(col + step, labels.shape[1] - side) + 1):
            equal, kappa = cohens_kappa(window, labels[y : y + side, x : x + side])
            if kappa > best["kappa"]:
                best = {"kappa": kappa, "equal": equal, "train_row": y, "train_col": x}
    return best


def cohens_kappa(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Return the part of equal pixels of two label maps, and Cohen's kappa.

    Half of each is 1, and half of the pixels are equal, as chance has it:

    >>> cohens_kappa(np.array([[0, 0, 1, 1]]), np.array([[0, 1, 0, 1]]))
    (0.5, 0.0)
    """
    size = int(max(a.max(), b.max())) + 1
    shares = [np.bincount(one.ravel(), minlength=size) / one.size for one in (a, b)]
    equal = float((a == b).mean())
    return equal, float(_kappa(np.array(equal), shares[0] @ shares[1]))


def _kappa(equal: np.ndarray, by_chance: np.ndarray) -> np.ndarray:
    beyond = (equal - by_chance) / np.maximum(1 - by_chance, 1 - ALIKE_BY_CHANCE)
    return np.where(by_chance > ALIKE_BY_CHANCE, 0.0, beyond)
