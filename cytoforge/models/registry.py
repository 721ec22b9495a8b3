"""A model by its name: the folder of that name in this room.

Imported by name, never listed: a job's code version then follows the chosen model alone, and
neither a new model nor a line changed in another one retrains it. A model's folder holds

- `config.py`: `CONFIG`, its settings, a subclass of `TrainingConfig`;
- `networks.py`: `build_sampler`, the networks that are kept and how they make a sample;
- `model.py`: `build`, the untrained model of a `ModelSetup`.
"""

from typing import TYPE_CHECKING, Protocol, cast

from cytoforge.config.training import TrainingConfig
from cytoforge.jobs.by_name import load

if TYPE_CHECKING:  # torch is not imported where only settings are read
    from cytoforge.models.model import Model, ModelSetup
    from cytoforge.models.sampler import Sampler


class ModelNetworks(Protocol):
    """What a module `cytoforge.models.<model>.networks` offers."""

    def build_sampler(self, config: TrainingConfig, n_codes: int, channels: int) -> "Sampler":
        """Return the untrained networks that are kept, and how they make a sample.

        n_codes : classes of a label map; channels : of an image
        """
        ...


def networks_of(name: str) -> ModelNetworks:
    """Return the networks of a model of `model_names`."""
    return cast(ModelNetworks, load("models", name, "networks"))


def build_model(name: str, setup: "ModelSetup") -> "Model":
    """Return the untrained model of that name, on its device."""
    return cast("Model", load("models", name, "model").build(setup))
