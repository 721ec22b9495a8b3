"""A pixel classifier as one file of arrays, which nothing has to unpickle."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from cytoforge.errors import UserError
from cytoforge.jobs.atomic import atomic_path
from cytoforge.jobs.provenance import sha256_file
from cytoforge.segmentation.methods.pixels.features import feature_names
from cytoforge.segmentation.methods.pixels.forest import Forest


@dataclass(frozen=True)
class Learned:
    """What a classifier tells of itself.

    Attributes
    ----------
    classes : names, in the order of the forest's
    channels, scales_px : what its features are made of
    out_of_bag, new_strokes : see `fit.Errors`
    pixels : how many of each class it has learned from
    images : names of those that they lie in
    """

    classes: tuple[str, ...]
    channels: tuple[str, ...]
    scales_px: tuple[float, ...]
    out_of_bag: float
    new_strokes: float | None
    pixels: tuple[int, ...]
    images: tuple[str, ...]

    def in_words(self) -> str:
        """Return its errors as a report says them."""
        new = "not known (a class has one stroke)"
        if self.new_strokes is not None:
            new = f"{self.new_strokes:.1%}"
        return f"out-of-bag error {self.out_of_bag:.1%}, on strokes left out {new}"

    def card(self) -> dict[str, Any]:
        """Return all of it as JSON takes it, and as a page says it."""
        counts = zip(self.pixels, self.classes, strict=True)
        words = (
            f"Learned from {', '.join(f'{n} pixels of {name}' for n, name in counts)} in"
            f" {', '.join(self.images)}: {self.in_words()}. The first flatters: pixels of a stroke"
            " are alike, and others of it were learned from."
        )
        return {**asdict(self), "words": words}


@dataclass(frozen=True)
class Classifier:
    """A forest, and what it is of."""

    forest: Forest
    learned: Learned


def write_classifier(path: str | Path, classifier: Classifier) -> None:
    """Write the arrays, and all else as JSON in the file's metadata."""
    arrays = {name: np.ascontiguousarray(array) for name, array in vars(classifier.forest).items()}
    described = json.dumps(asdict(classifier.learned), sort_keys=True)
    with atomic_path(path) as part:
        part.write_bytes(save(arrays, {"pixels": described}))


def read_classifier(path: str | Path) -> Classifier:
    """Return the classifier of a file; UserError where it is none, or its arrays do not fit."""
    try:
        with safe_open(path, "numpy") as file:
            told = json.loads(file.metadata()["pixels"])
            forest = Forest(**{name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
        as_tuples: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in told.items()
        }
        learned = Learned(**as_tuples)
        if trouble := _trouble(forest, learned):
            raise ValueError(trouble)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            where=f"`classifier` of the segmentation method `pixels`: {path}",
            expected="a classifier.safetensors that this method wrote",
            found=str(error).splitlines()[0],
            fix="delete it and run again, or correct `classifier`",
        ) from None
    return Classifier(forest, learned)


def described_by(path: str | Path, classifier: Classifier) -> str:
    """Return what tells one classifier from another, and how well it does."""
    return f"classifier {sha256_file(Path(path))[:12]}, {classifier.learned.in_words()}"


def _trouble(forest: Forest, learned: Learned) -> str:
    """Say what is wrong with arrays that would be looked up beyond their ends, or for ever."""
    nodes = len(forest.child)
    shapes = {forest.feature.shape, forest.threshold.shape, forest.probability.shape[:1]}
    if shapes != {(nodes,)} or forest.probability.shape[1:] != (len(learned.classes),):
        return "arrays of different lengths"
    here = np.arange(nodes)
    leaf = forest.child == here
    n_features = len(feature_names(learned.channels, learned.scales_px))
    sound = (
        len(forest.roots) > 0
        and np.all((forest.roots >= 0) & (forest.roots < nodes))
        and np.all(leaf | ((forest.child > here) & (forest.child + 1 < nodes)))
        and np.all(np.isinf(forest.threshold[leaf]))
        and np.all((forest.feature >= 0) & (forest.feature < n_features))
    )
    return "" if sound else "nodes or features that are not there"
