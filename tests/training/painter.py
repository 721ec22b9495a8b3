"""A model in one file, as somebody would add it: each code gets a grey value that it learns.

It stands for `config.py`, `networks.py` and `model.py` of a folder at once.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.steps import Batch
from cytoforge.config.training import TrainingConfig
from cytoforge.models.gan import GanModel, Losses, MicroBatch
from cytoforge.models.model import ModelSetup
from cytoforge.models.sampler import LabelsToImage, Planes
from cytoforge.networks.condition import ConditionSpec


class PainterConfig(TrainingConfig):
    filters: int = 8
    size_multiple: ClassVar[int] = 1
    smallest_tile_px: ClassVar[int] = 1


def build_sampler(config: PainterConfig, n_codes: int, channels: int) -> LabelsToImage:
    first, last = nn.Conv2d(n_codes, config.filters, 1), nn.Conv2d(config.filters, channels, 1)
    return LabelsToImage(ConditionSpec(n_codes), nn.Sequential(first, last, nn.Tanh()), channels)


class Painter(GanModel):
    losses: ClassVar[Mapping[str, tuple[str, ...]]] = {"generator": ("g_l1",)}

    def __init__(self, setup: ModelSetup) -> None:
        super().__init__(setup)
        self.keep(build_sampler(setup.config, setup.n_codes, setup.channels))
        self.seen = 0  # tiles: a state of its own

    def update(self, batch: Batch, step: int) -> Losses:
        self.seen += len(batch)
        return self.optimise(["generator"], self.micro_batches(batch), self.loss)

    def loss(self, micro: MicroBatch) -> tuple[Tensor, Losses]:
        l1 = F.l1_loss(self.fake(micro).float(), micro.target)
        return l1, {"g_l1": l1}

    def extra_state(self) -> dict[str, Any]:
        return {"seen": self.seen}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        self.seen = state["seen"]

    def finish(self, planes: Planes) -> dict[str, Any]:
        return {"tiles_seen": self.seen}


CONFIG, build = PainterConfig, Painter
