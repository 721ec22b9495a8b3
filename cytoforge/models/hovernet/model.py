"""`hovernet`: nuclei by their distances along x and y, and their types (Graham et al. 2019,
10.1016/j.media.2019.101563)."""

from collections.abc import Mapping
from typing import ClassVar, cast

import numpy as np
import torch
from torch import Tensor

from cytoforge.compute.steps import Batch
from cytoforge.errors import UserError
from cytoforge.models.hovernet.config import HoVerNetConfig
from cytoforge.models.hovernet.losses import hover_losses
from cytoforge.models.hovernet.networks import HoVerSampler, build_sampler
from cytoforge.models.hovernet.targets import hover_maps, inner_box
from cytoforge.models.instance_model import NETWORK, InstanceModel, seeded
from cytoforge.models.model import Model, ModelSetup
from cytoforge.models.sampler import Planes
from cytoforge.pretrained.model_files import read_model

TYPES = "network.decoder.tp."
TYPE_BITS = 8  # of a number that holds instance and type of a pixel


class HoVerNetModel(InstanceModel):
    """The network learns maps of the middle of what it sees; at first its decoders alone."""

    config: HoVerNetConfig
    losses: ClassVar[Mapping[str, tuple[str, ...]]] = {
        NETWORK: ("loss",),
        "nuclei": ("np_entropy", "np_dice"),
        "distances": ("hv_error", "hv_gradient"),
    }
    drawn = ("nuclei", "distances", "types", "known")

    def __init__(self, setup: ModelSetup, sampler: HoVerSampler) -> None:
        super().__init__(setup, sampler)
        self.hover, self.network = sampler, sampler.network
        self.frozen_steps = round(self.config.frozen_part * setup.total_steps)

    def taught(self, planes: Planes) -> np.ndarray:
        """Return instance and type of each pixel in one number, int32 (B, h, w)."""
        known = self.hover.known(planes)
        if not self.config.types:
            return known
        return np.where(known < 0, known, known << TYPE_BITS | self.hover.types(planes))

    def objects(self, known: np.ndarray) -> np.ndarray:
        """Return the instance labels in what `taught` says."""
        return known.clip(0) >> TYPE_BITS if self.config.types else known.clip(0)

    def targets(self, known: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return nuclear pixels and types, int64 (h, w), distances, float32 (2, h, w), and where
        they are known, float32 (1, h, w), of the middle of a crop."""
        border = self.config.border_px
        nuclei, distances = hover_maps(self.objects(known), border)
        inner = known[inner_box(known.shape, border)]
        types = inner.clip(0) & (2**TYPE_BITS - 1) if self.config.types else np.zeros_like(inner)
        certain = (inner >= 0)[None].astype(np.float32)
        return nuclei.astype(np.int64), distances, types.astype(np.int64), certain

    def update(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """Update the network once; in the first phase not its encoder."""
        self.network.frozen = step < self.frozen_steps
        return super().update(batch, step)

    def graph_key(self, step: int) -> str:
        """Return the phase."""
        return "decoders" if step < self.frozen_steps else "all"

    def losses_of(self, batch: Batch) -> dict[str, Tensor]:
        """Return the losses of drawn crops, of which `loss` is the sum of all others."""
        with self.arithmetic():
            seen = batch["seen"].contiguous(memory_format=self.layout)
            scores = self.networks[NETWORK](seen * 255)
        scores = {name: part.float() for name, part in scores.items()}
        truth = {"np": batch["nuclei"], "hv": batch["distances"], "tp": batch["types"]}
        parts = hover_losses(scores, truth, batch["known"])
        return {"loss": torch.stack(list(parts.values())).sum()} | {
            name: parts[name] for names in self.losses.values() for name in names if name in parts
        }


class TypedHoVerNetModel(HoVerNetModel):
    """The same with a decoder of types."""

    losses: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **HoVerNetModel.losses,
        "types": ("tp_entropy", "tp_dice"),
    }


def build(setup: ModelSetup) -> Model:
    """Return the model before its first step."""
    config = cast(HoVerNetConfig, setup.config)
    seeded(setup)
    sampler = build_sampler(config, setup.n_codes, setup.channels)
    if config.initial is not None:
        _begin_from(config.initial, sampler)
    return (TypedHoVerNetModel if config.types else HoVerNetModel)(setup, sampler)


def _begin_from(folder: str, sampler: HoVerSampler) -> None:
    """Take the weights of a trained model; of its types only where there are as many."""
    _, weights = read_model(folder)
    own = sampler.state_dict()
    wanted, given = ({name: value.shape for name, value in w.items()} for w in (own, weights))
    types = {name for name in own if name.startswith(TYPES)}
    as_many = all(wanted[name] == given.get(name) for name in types)
    taken = {name for name in given if not name.startswith(TYPES) or (as_many and name in types)}
    for name in sorted({*own, *taken} - (set() if as_many else types)):
        if wanted.get(name) != given.get(name):
            raise UserError(
                where=f"models.*.training.initial: {folder}",
                expected=f"`{name}` {_shape(wanted.get(name))}, as `mode`, `width`, `blocks` and"
                " `dense` of the model have it",
                found=_shape(given.get(name)),
                fix="give the model the settings that stand in model.json of `initial`",
            )
    sampler.load_state_dict({**own, **{name: weights[name] for name in taken}})


def _shape(shape: torch.Size | None) -> str:
    return "no such weight" if shape is None else " × ".join(map(str, shape)) or "one number"
