"""A model in one file, as somebody would add it: each code is painted with a grey value it learns.

It stands for `config/painter.py`, `networks/painter.py` and `training/painter.py` at once.
"""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.config.training import TrainingConfig
from cytoforge.models.gan import GanModel, Losses, Part
from cytoforge.models.model import Batch, ModelSetup
from cytoforge.networks.condition import ConditionSpec


class PainterConfig(TrainingConfig):
    filters: int = 8

    @property
    def size_multiple(self) -> int:
        return 1

    @property
    def smallest_tile_px(self) -> int:
        return 1


def condition_spec(config: PainterConfig, n_codes: int) -> ConditionSpec:
    return ConditionSpec(n_codes, config.label_input)


def build_generator(config: PainterConfig, spec: ConditionSpec, channels: int) -> nn.Module:
    first, last = (
        nn.Conv2d(spec.channels, config.filters, 1),
        nn.Conv2d(config.filters, channels, 1),
    )
    return nn.Sequential(first, last, nn.Tanh())


class Painter(GanModel):
    def __init__(self, setup: ModelSetup) -> None:
        super().__init__(setup, condition_spec(setup.config, setup.n_codes))
        self.add("generator", build_generator(setup.config, self.spec, setup.channels))
        self.seen = 0  # tiles: a state of its own

    def update(self, batch: Batch, step: int) -> Losses:
        self.seen += len(batch.labels)
        return self.optimise(["generator"], self.parts(batch), self.loss)

    def loss(self, part: Part) -> tuple[Tensor, Losses]:
        l1 = F.l1_loss(self.fake(part).float(), part.batch.real)
        return l1, {"g_l1": l1}

    def extra_state(self) -> dict[str, Any]:
        return {"seen": self.seen}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        self.seen = state["seen"]

    def finish(self, labels: Tensor, instances: Tensor, images: Tensor) -> dict[str, Any]:
        return {"tiles_seen": self.seen}


def build(setup: ModelSetup) -> Painter:
    return Painter(setup)


CONFIG = PainterConfig
