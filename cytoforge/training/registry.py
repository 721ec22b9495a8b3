"""A model by its name: the module of that name in this room.

Imported by name, not listed here, for the reason given in `cytoforge.networks.registry`.
"""

from importlib import import_module
from typing import cast

from cytoforge.training.model import Model, ModelSetup


def build_model(name: str, setup: ModelSetup) -> Model:
    """Return the untrained model of that name (of `cytoforge.config.models`), on its device."""
    return cast(Model, import_module(f"cytoforge.training.{name}").build(setup))


def model_file(name: str) -> str:
    """Return the file whose imports are all the code that a model trains with."""
    return f"cytoforge/training/{name}.py"
