"""What is trained on what, and where it goes: all that a training never changes."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from cytoforge.config.task import Task, task_of
from cytoforge.config.training import TrainingConfig
from cytoforge.models.model import FeatureLoss
from cytoforge.training.data import TrainingData
from cytoforge.training.fingerprint import training_fingerprint
from cytoforge.training.schedule import total_steps
from cytoforge.training.validation import Distance


@dataclass(frozen=True)
class Pretrained:
    """Networks with weights from elsewhere, where there are any."""

    distances: dict[str, Distance] = field(default_factory=dict)
    """Validation scores by name, as the task names them."""
    feature_loss: FeatureLoss | None = None
    """VGG features compared, for models whose loss has it."""

    @property
    def present(self) -> dict[str, bool]:
        """Which of them there are: with and without them, losses and checkpoints differ."""
        return dict.fromkeys(self.distances, True) | {"feature_loss": self.feature_loss is not None}


@dataclass(frozen=True)
class Assignment:
    """What is trained, with what, and where it goes.

    Attributes
    ----------
    model_name : a name of `cytoforge.models.registry`
    output, state : the model's folder, and that of a training which is not finished
    seed : the config's seed together with the model's name in the config
    """

    data: TrainingData
    config: TrainingConfig
    model_name: str
    output: Path
    state: Path
    seed: int
    pretrained: Pretrained
    device: torch.device
    device_line: str

    @property
    def task(self) -> Task:
        """What is learned."""
        return task_of(self.config)

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""
        return total_steps(self.config, self.data.n_train)

    @property
    def settings(self) -> dict[str, Any]:
        """What model.json says of the training."""
        training = self.config.model_dump(mode="json")
        return {"model": self.model_name, "seed": self.seed, "training": training}

    @cached_property
    def fingerprint(self) -> str:
        """What a saved state must have been saved for."""
        settings = {**self.settings, "pretrained": self.pretrained.present}
        return training_fingerprint(settings, self.data)
