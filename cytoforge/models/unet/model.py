"""`unet`: a U-Net that marks instances (Ronneberger et al. 2015, arXiv:1505.04597), from random
weights or from a network that ships with cytoforge."""

from typing import cast

from cytoforge.errors import UserError
from cytoforge.models.instance_model import InstanceModel, seeded
from cytoforge.models.instance_sampler import ImageToInstances
from cytoforge.models.model import Model, ModelSetup
from cytoforge.models.unet.config import UNetConfig, initial_name
from cytoforge.models.unet.networks import build_sampler
from cytoforge.segmentation.learned.network_file import load_network


def build(setup: ModelSetup) -> Model:
    """Return the model before its first step."""
    config = cast(UNetConfig, setup.config)
    seeded(setup)
    sampler = build_sampler(config, setup.n_codes, setup.channels)
    if config.initial is not None:
        _begin_from(config.initial, sampler)
    return InstanceModel(setup, sampler)


def _begin_from(initial: str, sampler: ImageToInstances) -> None:
    """Take a network's weights, and how its maps become instances."""
    known = load_network(initial_name(initial), "initial")
    try:
        sampler.network.load_state_dict(known.network.state_dict())
    except RuntimeError as error:
        raise UserError(
            where=f"models.*.training.initial: {initial}",
            expected=f"the widths {list(sampler.network.widths)} of the model, and"
            f" {sampler.in_channels} channels",
            found=f"widths {list(known.network.widths)}, {known.network.in_channels} channels",
            fix="leave `widths` and `sees` out: `initial` decides them",
        ) from error
    sampler.decoding = known.decoding
