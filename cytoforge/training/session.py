"""A training in progress: all that changes from step to step, to be saved and restored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cytoforge.config.task import task_of
from cytoforge.config.training import TrainingConfig
from cytoforge.models.model import Model
from cytoforge.models.sampler import Sampler
from cytoforge.training.ema import MovingAverage
from cytoforge.training.history import History, exploded
from cytoforge.training.validation import Scores, selected


@dataclass(frozen=True)
class Best:
    """The checkpoint that is kept."""

    step: int
    score: float | None
    weights: dict[str, Tensor]


class Session:
    """Networks, optimisers, average, history and best checkpoint after `step` steps."""

    def __init__(self, config: TrainingConfig, model: Model) -> None:
        self.config, self.model, self.task = config, model, task_of(config)
        ramp_up = config.average_ramp_up
        self.average = (
            MovingAverage(model.sampler, config.ema_decay, ramp_up) if config.ema_decay else None
        )
        self.history = History(config.score_names)
        self.best: Best | None = None
        self.step = 0
        self.waited = 0  # validations since the best one
        self.seconds = 0.0  # spent in all runs of this training

    @property
    def kept(self) -> Sampler:
        """What is validated and kept: the average where there is one."""
        return self.average.network if self.average else self.model.sampler

    @property
    def scores(self) -> list[float]:
        """Validation scores so far: those that choose, else the task's first; as losses, of which
        less is better."""
        first = self.history.scores[0]
        found = []
        for row in self.history.rows:
            scores = self.history.scores_of(row)
            found.append(selected(self.config, scores) or (first, scores[first]))
        return [self.task.loss(score, name) for name, score in found if score is not None]

    def set_rate(self, learning_rate: float) -> None:
        """Set the rate of the next step, each network's own multiple of it."""
        for name, optimiser in self.model.optimisers.items():
            for group in optimiser.param_groups:
                group["lr"] = learning_rate * self.model.rates[name]

    def took_step(self, losses: Mapping[str, Tensor]) -> None:
        """Note a step that the model took."""
        self.history.add(losses)
        if self.average is not None:
            self.average.update(self.step)
        self.step += 1

    @property
    def exhausted(self) -> bool:
        """Whether `patience` validations have passed without a better one."""
        return self.config.patience is not None and self.waited >= self.config.patience

    def judge(self, scores: Scores) -> None:
        """Note a validation, and keep the checkpoint when it is the best so far.

        Raises UserError where a score, or a weight to be kept, is no number.
        """
        self.history.score(scores)
        name, score = selected(self.config, scores) or ("", None)
        best = None if self.best is None else self.best.score
        loss = self.task.loss
        if score is None or best is None or loss(score, name) < loss(best, name):
            weights = self.kept.state_dict()
            copied = {name: value.detach().to("cpu", copy=True) for name, value in weights.items()}
            _check_finite(copied, self.step)
            self.best, self.waited = Best(self.step, score, copied), 0
        else:
            self.waited += 1

    def take_best(self) -> None:
        """Put the best checkpoint into the networks that are kept."""
        if self.best is not None:
            self.kept.load_state_dict(self.best.weights)

    def state_dict(self) -> dict[str, Any]:
        """Return tensors and plain values only, so that no code need be unpickled."""
        model, best = self.model, self.best
        return {
            "step": self.step,
            "waited": self.waited,
            "seconds": self.seconds,
            "networks": {name: net.state_dict() for name, net in model.networks.items()},
            "optimisers": {name: opt.state_dict() for name, opt in model.optimisers.items()},
            "extra": model.extra_state(),
            "average": self.average.network.state_dict() if self.average else None,
            "history": self.history.state_dict(),
            "best": None if best is None else [best.step, best.score, best.weights],
        }

    def load_state_dict(self, state: dict[str, Any], device: torch.device) -> None:
        """Go on where `state_dict` was taken."""
        self.step, self.waited, self.seconds = state["step"], state["waited"], state["seconds"]
        for name, network in self.model.networks.items():
            network.load_state_dict(state["networks"][name])
        for name, optimiser in self.model.optimisers.items():
            optimiser.load_state_dict(state["optimisers"][name])
        self.model.load_extra_state(state["extra"])
        if self.average is not None:
            self.average.network.load_state_dict(state["average"])
        self.history.load_state_dict(state["history"], device)
        self.best = None if state["best"] is None else Best(*state["best"])


def _check_finite(weights: Mapping[str, Tensor], step: int) -> None:
    """Refuse weights that are no numbers: without val tiles no score would tell."""
    for name, weight in weights.items():
        if not bool(weight.isfinite().all()):
            raise exploded(f"weights of {name} that are no numbers, at step {step}")
