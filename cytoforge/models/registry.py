"""A model by its name: the folder of that name in this room.

Imported by name, never listed: a job's code version then follows the chosen model alone, and
neither a new model nor a line changed in another one retrains it. A model's folder holds

- `config.py`: `CONFIG`, its settings, a subclass of `TrainingConfig`;
- `networks.py`: `condition_spec` and `build_generator`;
- `model.py`: `build`, the untrained model of a `ModelSetup`.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from cytoforge.config.training import TrainingConfig

if TYPE_CHECKING:  # torch is not imported where only settings are read
    from torch import nn

    from cytoforge.models.model import Model, ModelSetup
    from cytoforge.networks.condition import ConditionSpec

ROOM = "cytoforge.models"


class ModelNetworks(Protocol):
    """What a module `cytoforge.models.<model>.networks` offers."""

    def condition_spec(self, config: TrainingConfig, n_codes: int) -> "ConditionSpec":
        """Return which channels the generator's input has."""
        ...

    def build_generator(
        self, config: TrainingConfig, spec: "ConditionSpec", channels: int
    ) -> "nn.Module":
        """Return the untrained generator: (B, spec.channels, H, W) → (B, channels, H, W)."""
        ...


def model_names() -> tuple[str, ...]:
    """Return the names of all models, sorted."""
    folders = map(Path, import_module(ROOM).__path__)
    return tuple(
        sorted(path.parent.name for folder in folders for path in folder.glob("*/config.py"))
    )


def config_class(name: str) -> type[TrainingConfig]:
    """Return the settings of a model of `model_names`."""
    return cast(type[TrainingConfig], import_module(f"{ROOM}.{name}.config").CONFIG)


def networks_of(name: str) -> ModelNetworks:
    """Return the networks of a model of `model_names`."""
    return cast(ModelNetworks, import_module(f"{ROOM}.{name}.networks"))


def build_model(name: str, setup: "ModelSetup") -> "Model":
    """Return the untrained model of that name, on its device."""
    return cast("Model", import_module(f"{ROOM}.{name}.model").build(setup))


def model_file(name: str) -> str:
    """Return the file whose imports are all the code that a model trains with."""
    return f"cytoforge/models/{name}/model.py"
