"""A model's networks by its name: the module of that name in this room.

Imported by name, not listed here: a rule's code version then follows the chosen model alone, and a
line changed in one model never retrains another.
"""

from importlib import import_module
from typing import Protocol, cast

from torch import nn

from cytoforge.config.training import TrainingConfig
from cytoforge.networks.condition import ConditionSpec


class ModelNetworks(Protocol):
    """What a module `cytoforge.networks.<model>` offers."""

    def condition_spec(self, config: TrainingConfig, n_codes: int) -> ConditionSpec:
        """Return which channels the generator's input has."""
        ...

    def build_generator(
        self, config: TrainingConfig, spec: ConditionSpec, channels: int
    ) -> nn.Module:
        """Return the untrained generator: (B, spec.channels, H, W) → (B, channels, H, W)."""
        ...


def networks_of(model: str) -> ModelNetworks:
    """Return the networks of a model of `cytoforge.config.models`."""
    return cast(ModelNetworks, import_module(f"cytoforge.networks.{model}"))
