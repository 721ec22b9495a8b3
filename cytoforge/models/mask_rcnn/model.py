"""`mask_rcnn`: each object as a box and a mask within it (He et al. 2017, arXiv:1703.06870), from
random weights."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

import numpy as np
import torch
from torch import Tensor

from cytoforge.compute.steps import Batch
from cytoforge.models.instance_model import NETWORK, InstanceModel, seeded
from cytoforge.models.instance_sampler import InstanceSampler
from cytoforge.models.mask_rcnn.config import MaskRCNNConfig
from cytoforge.models.mask_rcnn.networks import build_sampler
from cytoforge.models.model import Model, ModelSetup

# What torchvision calls its losses, and we do.
NAMES = {
    "loss_objectness": "rpn_entropy",
    "loss_rpn_box_reg": "rpn_shift",
    "loss_classifier": "box_entropy",
    "loss_box_reg": "box_shift",
    "loss_mask": "mask_entropy",
}
SMALLEST_PX = 4
"""Of an object that a crop has cut: of less no mask is to be learned."""


class MaskRCNNModel(InstanceModel):
    """The network learns boxes and masks of all objects of a crop."""

    losses: ClassVar[Mapping[str, tuple[str, ...]]] = {
        NETWORK: ("loss",),
        "boxes": ("rpn_entropy", "rpn_shift", "box_entropy", "box_shift"),
        "masks": ("mask_entropy",),
    }
    drawn = ("known",)

    def __init__(self, setup: ModelSetup, sampler: InstanceSampler) -> None:
        super().__init__(setup, sampler)
        # On CPUs torchvision has no bf16 for features of boxes.
        self.bf16 = self.bf16 and self.device.type == "cuda"

    def targets(self, known: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the instance labels of a crop, int32 (h, w)."""
        return (self.objects(known).astype(np.int32),)

    def graph_key(self, step: int) -> None:
        """Return that a step cannot be recorded: it depends on how many objects there are."""

    def losses_of(self, batch: Batch) -> dict[str, Tensor]:
        """Return the losses of drawn crops, of which `loss` is the sum of all others."""
        wanted = [target_of(labels) for labels in batch["known"]]
        with self.arithmetic():
            parts = self.networks[NETWORK](list(batch["seen"]), wanted)
        named = {NAMES[name]: part.float() for name, part in parts.items()}
        return {"loss": torch.stack(list(named.values())).sum()} | named


def target_of(labels: Tensor) -> dict[str, Any]:
    """Return the objects of a crop as torchvision takes them: boxes, masks, and their only class.

    labels : int32 (h, w)

    >>> crop = torch.zeros(6, 8, dtype=torch.int32)
    >>> crop[1:3, 2:7] = 5
    >>> target_of(crop)["boxes"].tolist()
    [[2.0, 1.0, 7.0, 3.0]]
    """
    ids, areas = labels.unique(return_counts=True)
    ids = ids[(ids > 0) & (areas >= SMALLEST_PX)]
    masks = labels[None] == ids[:, None, None]  # (N, h, w)
    boxes = torch.stack([_box(mask) for mask in masks]) if len(ids) else masks.new_empty(0, 4)
    return {
        "boxes": boxes.float(),
        "labels": torch.ones(len(ids), dtype=torch.int64, device=labels.device),
        "masks": masks.to(torch.uint8),
    }


def _box(mask: Tensor) -> Tensor:
    """Return x0, y0, x1, y1 around a mask, the ends behind its last pixels."""
    rows, cols = mask.nonzero(as_tuple=True)
    return torch.stack([cols.min(), rows.min(), cols.max() + 1, rows.max() + 1])


def build(setup: ModelSetup) -> Model:
    """Return the untrained model."""
    seeded(setup)
    sampler = build_sampler(cast(MaskRCNNConfig, setup.config), setup.n_codes, setup.channels)
    return MaskRCNNModel(setup, sampler)
