"""What a model is trained for: which named planes it learns from and to, and how it is validated.

A task is one file of `cytoforge/models/tasks`, found by its name, which is read without torch:
rules ask it what a model makes. A text beside it (`<task>.md`) goes into model cards.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, cast

from cytoforge.jobs.by_name import load

Measure = Callable[..., float | None]
"""Of pairs: (what the model makes of the val tiles, what it should make), as its sampler's
`compared` gives them: float32 (N, C, H, W) in [0, 1], or instance labels (N, H, W) → a score. Of
sets: `models.set_scores.Ways` → a score, or None where the model does not go that way."""

TRANSLATION = "translation"
MAPS = "maps"
UNPAIRED_TASK = "labels_to_domain"
FRECHET = "frechet"
"""The Fréchet distance in the first of these networks whose weights are there, by the score's name
(only the one in Inception is FID)."""
FRECHET_IN = {"fid": "inception", "vgg16_frechet": "vgg16"}


@dataclass(frozen=True)
class AskedScore:
    """A validation score that is computed only where a training asks for it.

    Attributes
    ----------
    measure : as those of `Task.scores`; None: the distance in a network
    network : whose weights the distance needs, by their name in resources/weights.tsv
    of_sets : whether that distance is of whole sets, and no mean over pairs
    as_loss : the score as a number of which less is better, and which is never below 0
    """

    measure: Measure | None = None
    network: str = ""
    of_sets: bool = False
    as_loss: Callable[[float], float] = float


FRECHET_SCORES = {
    name: AskedScore(network=network, of_sets=True) for name, network in FRECHET_IN.items()
}


@dataclass(frozen=True)
class Task:
    """What a model is trained for.

    Attributes
    ----------
    summary : what is made of what, as the model card says it
    inputs : the planes that every sample is made from; a model may need more (`needs`)
    target : the plane that it should be like
    output : an image, a label map (the model makes one channel per class, the largest counts), or
        instance labels (it makes maps that are decoded)
    compares : whether what is made belongs, tile by tile, to what it should be like; or whether it
        is a set that should be like another set, of other tiles
    scores : validation scores by name; the first one can always be computed
    best : whether the lowest or the highest score is the best, of all but those that are asked for
    pretrained : further validation scores, each the distance in a network with weights from
        elsewhere, which is the value
    asked : validation scores that a training has where it asks for them (`validation_scores`)
    select_by : the score that chooses the weights kept, where the config names none
    families : the families of scores that apply to what the model makes of test images
    sheet : columns of a sample sheet: names of planes, and `made`
    """

    name: str
    summary: str
    inputs: tuple[str, ...]
    target: str
    output: Literal["image", "label_map", "instances"]
    scores: Mapping[str, Measure]
    select_by: str
    families: tuple[str, ...]
    sheet: tuple[str, ...]
    compares: Literal["pairs", "sets"] = "pairs"
    pretrained: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, AskedScore] = field(default_factory=dict)
    best: Literal["lowest", "highest"] = "lowest"

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the validation scores that every training has, in the order of the history's
        columns `val_<name>`."""
        return (*self.scores, *self.pretrained)

    @property
    def known_scores(self) -> tuple[str, ...]:
        """Names of all that a training may ask for or choose by; `frechet` is one of two."""
        either = (FRECHET,) if FRECHET_IN.keys() <= self.asked.keys() else ()
        return (*self.score_names, *self.asked, *either)

    def networks_of(self, score: str) -> tuple[str, ...]:
        """Return the networks of which a score needs one; none for a score without weights."""
        if score == FRECHET:
            return tuple(FRECHET_IN.values())
        network = self.pretrained.get(score)
        if score in self.asked:
            network = self.asked[score].network
        return (network,) if network else ()

    @property
    def makes(self) -> str:
        """What its models make: `image` of label maps, `translation` of images into images,
        `label_map` or `instances` of images, or `maps` of nothing but noise."""
        if not self.inputs:
            return MAPS
        return TRANSLATION if "images_a" in self.inputs else self.output

    @property
    def first_score(self) -> Callable[..., float]:
        """The measure of the first score."""
        return cast(Callable[..., float], next(iter(self.scores.values())))

    def loss(self, score: float, name: str = "") -> float:
        """Return a score as a number of which less is better: what is missing to 1, or itself; of
        a score that is asked for, as that says."""
        if name in self.asked:
            return self.asked[name].as_loss(score)
        return 1 - score if self.best == "highest" else score


class HasTask(Protocol):
    """Settings that name a task."""

    @property
    def task(self) -> str:
        """The name of a task."""
        ...


def task_of(settings: HasTask) -> Task:
    """Return the task of a model's training settings."""
    return task_named(settings.task)


def task_named(name: str) -> Task:
    """Return the task of a file of `cytoforge/models/tasks`."""
    return cast(Task, load("tasks", name).TASK)


def task_text(name: str) -> str:
    """Return what model cards say of a task: limits and use, with `{folder}` for the model's.

    Nothing where there is no `<task>.md` beside the task.
    """
    path = Path(load("tasks", name).__file__ or "").with_suffix(".md")
    return path.read_text(encoding="utf-8") if path.is_file() else ""
