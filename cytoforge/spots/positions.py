"""Where the spots of an image lie, how many each object has, and how bright they are."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cytoforge.config.spots import CYTOPLASM, SpotsConfig
from cytoforge.segmentation.moments import Moments, label_moments, median_diameter_px
from cytoforge.segmentation.segmentation import Segmentation

# The original's stretched cluster has variances 52.1 and 1.9 along its axes.
STRETCH = (52.1 / 1.9) ** 0.5
ELONGATED = 1.5
# Draws of a spot that would leave its object; then it lies anywhere in it.
TRIES = 30


@dataclass(frozen=True)
class Spots:
    """Spots of one image, all (n,).

    Attributes
    ----------
    x, y : column and row in px; the middle of the first pixel is (0, 0)
    z : distance from the focus in µm
    photons : expected number of photons that are detected
    cell : id of the object that the spot lies in
    """

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    photons: np.ndarray
    cell: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    @property
    def points(self) -> np.ndarray:
        """Row and column, (n, 2)."""
        return np.stack([self.y, self.x], -1)


def draw_spots(found: Segmentation, config: SpotsConfig, rng: np.random.Generator) -> Spots:
    """Draw the spots of an image.

    Parameters
    ----------
    found : with the planes of `config.planes`
    rng : one per image; every number is drawn once and used once

    Raises
    ------
    UserError : objects that the segmentation does not hold
    """
    labels = places(found, config)
    ids, counts = _counts(labels, config, rng)
    draw = _PLACEMENTS[config.placement](found, labels, config)
    drawn = [draw(k, n, rng) for k, n in zip(ids, counts, strict=True)]
    points = np.concatenate([points for points, _ in drawn] or [np.empty((0, 2))])
    brightness = np.concatenate([share for _, share in drawn] or [np.empty(0)])
    n = len(points)
    half = config.depth_um / 2
    return Spots(
        x=points[:, 1],
        y=points[:, 0],
        z=rng.uniform(-half, half, n) if half else np.zeros(n),
        photons=brightness * log_normal(config.photons, config.photons_cv, n, rng),
        cell=np.repeat(ids, counts).astype(np.int32),
    )


def places(found: Segmentation, config: SpotsConfig) -> np.ndarray:
    """Return the instance labels of the objects that spots lie in, int32 (Y, X)."""
    if config.objects != CYTOPLASM:
        return found[config.objects].astype(np.int32, copy=False)
    return np.where(found["nuclei"] > 0, 0, found["cells"]).astype(np.int32)


def lit_objects(found: Segmentation, config: SpotsConfig) -> np.ndarray:
    """Return the instance labels of the objects whose light is the ground, int32 (Y, X).

    Those that spots lie in; around spots in the cytoplasm whole cells, as above and below a nucleus
    there is cytoplasm.
    """
    return found["cells"] if config.objects == CYTOPLASM else places(found, config)


def log_normal(mean: float, cv: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n draws of the log-normal distribution of this mean and coefficient of variation."""
    spread = np.log1p(cv**2)  # of the logarithm: variance
    return np.exp(rng.normal(np.log(mean) - spread / 2, np.sqrt(spread), n))


def _counts(
    labels: np.ndarray, config: SpotsConfig, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids of the objects with spots, rising, and how many each has."""
    ids = np.flatnonzero(np.bincount(labels.ravel())[1:]) + 1
    most = round(config.share * len(ids))
    if config.most_objects is not None:
        most = min(most, config.most_objects)
    ids = np.sort(rng.permutation(ids)[:most])
    mean = config.per_object
    if config.counts == "fixed":
        return ids, np.full(len(ids), round(mean))
    if config.counts == "poisson":
        return ids, rng.poisson(mean, len(ids))
    # Poisson of a Gamma, which is what bursts are.
    rates = rng.gamma(config.dispersion, mean / config.dispersion, len(ids))
    return ids, rng.poisson(rates)


Draw = Callable[[int, int, np.random.Generator], tuple[np.ndarray, np.ndarray]]
"""Id, number and generator -> row and column (n, 2), and the part of its photons that each has."""


class _Pixels:
    """The pixels of each object, by its id."""

    def __init__(self, labels: np.ndarray) -> None:
        self.labels = labels
        rows, cols = np.nonzero(labels)
        ids = labels[rows, cols]
        order = np.argsort(ids, kind="stable")
        self.all = np.stack([rows, cols], -1)[order]
        self.starts = np.searchsorted(ids[order], np.arange(int(labels.max(initial=0)) + 2))

    def of(self, key: int) -> np.ndarray:
        """Return rows and columns, (pixels, 2)."""
        return self.all[self.starts[key] : self.starts[key + 1]]

    def uniform(
        self, key: int, n: int, rng: np.random.Generator, weights: np.ndarray | None = None
    ) -> np.ndarray:
        """Return n points anywhere in the object: a pixel of it, and anywhere in the pixel."""
        own = self.of(key)
        chosen = rng.choice(len(own), n, p=weights)
        return own[chosen] + rng.uniform(-0.5, 0.5, (n, 2))

    def inside(self, key: int, points: np.ndarray) -> np.ndarray:
        """Return whether points lie in the object, bool (n,)."""
        at = np.rint(points).astype(int)
        within = ((at >= 0) & (at < self.labels.shape)).all(1)
        at = np.where(within[:, None], at, 0)
        return np.asarray(within & (self.labels[at[:, 0], at[:, 1]] == key))


def _uniform(found: Segmentation, labels: np.ndarray, config: SpotsConfig) -> Draw:
    pixels = _Pixels(labels)
    return lambda key, n, rng: (pixels.uniform(key, n, rng), np.ones(n))


def _near_nucleus(found: Segmentation, labels: np.ndarray, config: SpotsConfig) -> Draw:
    """Place spots where the distance to the nearest nucleus is small: exp(-distance / reach)."""
    pixels, nuclei = _Pixels(labels), found["nuclei"] > 0
    reach = config.nucleus_reach * (median_diameter_px(found["nuclei"]) or 1.0)
    distance = ndimage.distance_transform_edt(~nuclei) if nuclei.any() else np.zeros(labels.shape)

    def draw(key: int, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        own = distance[tuple(pixels.of(key).T)]
        weights = np.exp(-(own - own.min()) / reach)
        return pixels.uniform(key, n, rng, weights / weights.sum()), np.ones(n)

    return draw


def _clusters(found: Segmentation, labels: np.ndarray, config: SpotsConfig) -> Draw:
    pixels, moments, options = _Pixels(labels), label_moments(labels), config.clusters

    def draw(key: int, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        axes, reach = cluster_axes(moments, key, options.shape, options.reach)
        centres = pixels.uniform(key, options.per_object, rng)[
            rng.integers(options.per_object, size=n)
        ]
        points, left = np.empty((n, 2)), np.arange(n)
        for _ in range(TRIES):
            scale = rng.uniform(0, 1, (len(left), 1))
            points[left] = centres[left] + scale * (rng.normal(size=(len(left), 2)) @ axes)
            left = left[~pixels.inside(key, points[left])]
        points[left] = pixels.uniform(key, len(left), rng)
        far = np.minimum(np.hypot(*(points - centres).T) / reach, 1.0)
        return points, 1 - options.dimmer_outwards * far

    return draw


def cluster_axes(moments: Moments, key: int, shape: str, reach: float) -> tuple[np.ndarray, float]:
    """Return what standard-normal rows are multiplied by, (2, 2), and the reach in px.

    Round ones reach `reach` diameters of a disk of the object's area to all sides; stretched ones
    as many of the object's lengths along its long axis, and 1 / STRETCH of that across.
    """
    rows, cols = moments.var_row[key], moments.var_col[key]
    covariance = np.array([[rows, moments.covariance[key]], [moments.covariance[key], cols]])
    variances, vectors = np.linalg.eigh(covariance)  # rising; vectors are columns
    long, wide = np.sqrt(variances[1]), np.sqrt(max(variances[0], 1e-9))
    if shape == "round" or (shape == "by_object" and long <= ELONGATED * wide):
        px = reach * 2 * np.sqrt(moments.area[key] / np.pi)
        return px * np.eye(2), float(px)
    px = reach * 4 * long  # an ellipse is four of its standard deviations long
    return np.stack([vectors[:, 1] * px, vectors[:, 0] * px / STRETCH]), float(px)


_PLACEMENTS: dict[str, Callable[[Segmentation, np.ndarray, SpotsConfig], Draw]] = {
    "uniform": _uniform,
    "near_nucleus": _near_nucleus,
    "clusters": _clusters,
}
