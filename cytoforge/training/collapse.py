"""Whether a trained model has collapsed: makes nearly the same of everything, or ignores its input.

Losses of an adversarial training do not say: at a learning rate of 1 they stay finite while every
output is one flat grey.
"""

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from cytoforge.config.task import Task
from cytoforge.config.training import TrainingConfig
from cytoforge.models.sampler import Planes, Sampler
from cytoforge.models.set_scores import FLAT, ComparedSets
from cytoforge.training.assignment import Assignment
from cytoforge.training.data import tensors_of
from cytoforge.training.session import Session
from cytoforge.training.validation import sample_tiles

TILES = 32  # looked at, at most
# Measured on 30 tiny trainings, of all models and both tasks. Sound ones vary 0.09 to 1.25 times as
# much as they should and agree by 0.5 to 0.99; those ruined by learning rates of 0.01 to 1 either
# vary 0.03 times at most or agree by 0.04 at most. After 4 to 40 steps some look ruined, too. The
# three shipped ones, on their val tiles: 0.95 to 1.01, 0.85 to 0.91 (class means 0.81 to 0.87).
SPREAD, AGREEMENT = 0.05, 0.1
ATTAINABLE = 0.3  # agreement of class means, below which the classes say little of the image
HIGH = 10  # times the model's default learning rate
SHORT = 1000  # tiles seen; preset `fast` sees 2,160


@dataclass(frozen=True)
class Outcome:
    """What a model makes of tiles, held against what it should make.

    Attributes
    ----------
    spread : SD of what it makes, in units of the SD of what it should make
    agreement : correlation of the two over all pixels and channels; 0 for a constant output. Of
        sets, which have no pairs: how much of the structure of what it was made of is kept
    attainable : agreement of class means: each class is one flat grey. 1 for label maps
    score, trivial : the task's first score as a loss (`Task.loss`), and that of class means (of
        label maps: of the commonest class everywhere)
    remedy : the setting that would help, if one is needed
    """

    spread: float
    agreement: float
    attainable: float
    score: float
    trivial: float
    remedy: str = ""

    @property
    def collapsed(self) -> str:
        """What is wrong, and what would help; "" where nothing is."""
        if self.spread < SPREAD:
            what = f"outputs vary {self.spread:.2f} times as much as they should, the same for all"
        elif self.agreement < AGREEMENT and self.score >= self.trivial and self._judgeable:
            what = (
                f"outputs agree by {self.agreement:.2f} (correlation) with what they should be, and"
                f" score no better ({self.score:.3g}) than {self.trivial:.3g} without training"
            )
        else:
            return ""
        return f"collapsed: {what}. {self.remedy}".rstrip()

    @property
    def _judgeable(self) -> bool:
        return self.attainable >= ATTAINABLE

    @property
    def line(self) -> str:
        """A line for the log, and a second one where something is wrong."""
        figures = (
            f"outcome: outputs vary {self.spread:.2f} times as much as they should and agree by"
            f" {self.agreement:.2f}; score {self.score:.4g}, without training {self.trivial:.4g}"
        )
        return f"{figures}\nwarning: {self.collapsed}" if self.collapsed else figures

    @property
    def described(self) -> dict[str, Any]:
        """Figures and verdict as plain values."""
        return {**asdict(self), "collapsed": self.collapsed}


def outcome(
    task: Task, sampler: Sampler, planes: Planes, made: Tensor, remedy: str = ""
) -> Outcome:
    """Hold what a sampler made of tiles, float32 (N, C, H, W) in [0, 1], against what it should
    have made."""
    wanted = sampler.target(planes) * 0.5 + 0.5
    flat = _class_means(wanted, planes["labels"] if "labels" in task.inputs else None)
    if task.output == "label_map":
        flat = _largest(flat)
    measure = task.first_score
    score, trivial = (task.loss(measure(*sampler.compared(one, planes))) for one in (made, flat))
    if task.output == "label_map":
        made = _largest(made)
    spread, agreement = _likeness(made, wanted)
    attainable = _likeness(flat, wanted)[1] if task.output == "image" else 1.0
    return Outcome(spread, agreement, attainable, score, trivial, remedy)


def set_outcome(task: Task, ways: ComparedSets, remedy: str = "") -> Outcome:
    """Hold a set that was made against a real one without pairs: it should vary as that one does,
    and have the structure of what it was made of, if there was such a thing.

    The trivial method is to hand on the image, or to draw the commonest class everywhere.
    """
    score, trivial = (task.first_score(each) for each in (ways, ways.trivial))
    return Outcome(ways.spread, ways.kept, 1.0, score, trivial, remedy)


def _likeness(made: Tensor, wanted: Tensor) -> tuple[float, float]:
    """Return spread and agreement, see `Outcome`; 1 and 1 where there is nothing to vary like."""
    one, other = (_centred(tensor) for tensor in (made, wanted))
    ours, real = float(one.square().mean().sqrt()), float(other.square().mean().sqrt())
    if real < FLAT:
        return 1.0, 1.0
    return ours / real, float((one * other).mean()) / (ours * real) if ours >= FLAT else 0.0


def trained_outcome(work: Assignment, session: Session) -> Outcome:
    """Hold what the kept weights make of some val tiles, of train tiles where there are none,
    against what they should make; tiles are spread evenly over the split."""
    planes = tensors_of(work.data.some(TILES), work.config.needs, work.device)
    if work.task.compares == "sets":
        ways = session.kept.ways(partial(sample_tiles, session.model), planes)
        return set_outcome(work.task, ways, remedy(work.config, session.step))
    made = sample_tiles(session.model, session.kept, planes)
    return outcome(work.task, session.kept, planes, made, remedy(work.config, session.step))


def remedy(config: TrainingConfig, steps: int) -> str:
    """Return the setting that would have helped a training of so many steps."""
    usual = type(config).model_fields["learning_rate"].default
    if config.learning_rate > HIGH * usual or steps * config.batch_size >= SHORT:
        return f"Lower `training.learning_rate` (now {config.learning_rate:g})"
    return f"Train longer: raise `training.steps` (now {steps})"


def _class_means(wanted: Tensor, labels: Tensor | None) -> Tensor:
    """Return (N, C, H, W) with the mean of each class in place of its pixels; without classes the
    mean of all."""
    channels = wanted.movedim(1, 0).flatten(1)  # (C, pixels)
    codes = torch.zeros_like(wanted[:, 0]) if labels is None else labels
    codes = codes.long()  # (N, H, W)
    sums = channels.new_zeros(len(channels), int(codes.max()) + 1)
    sums.index_add_(1, codes.flatten(), channels)
    means = sums / codes.flatten().bincount().clamp(min=1)
    return means[:, codes].movedim(0, 1)


def _largest(scores: Tensor) -> Tensor:
    """Return 1 in the channel of the largest score and 0 in all others, (N, K, H, W)."""
    return torch.zeros_like(scores).scatter_(1, scores.argmax(1, keepdim=True), 1)


def _centred(tensor: Tensor) -> Tensor:
    """Return (N, C, H, W) without the mean of each channel, in float64."""
    tensor = tensor.double()
    return tensor - tensor.mean((0, 2, 3), keepdim=True)
