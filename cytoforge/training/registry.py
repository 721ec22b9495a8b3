"""Models by name: a new one is a file and a line here."""

from collections.abc import Callable

from cytoforge.training.model import Model, ModelSetup
from cytoforge.training.pix2pix import Pix2Pix

MODELS: dict[str, Callable[[ModelSetup], Model]] = {"pix2pix": Pix2Pix}


def build_model(name: str, setup: ModelSetup) -> Model:
    """Return the untrained model of that name, on its device."""
    return MODELS[name](setup)
