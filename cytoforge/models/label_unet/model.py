"""`label_unet`: a U-Net that names the class of each pixel (Ronneberger et al. 2015,
arXiv:1505.04597), by cross-entropy and soft Dice (as nnU-Net, Isensee et al. 2021)."""

from collections.abc import Hashable, Mapping
from functools import partial
from typing import ClassVar, cast

import torch.nn.functional as F
from torch import Tensor

from cytoforge.compute.steps import Batch
from cytoforge.models.gan import GanModel, Losses, MicroBatch
from cytoforge.models.label_unet.config import LabelUNetConfig
from cytoforge.models.label_unet.networks import build_sampler
from cytoforge.models.model import Model, ModelSetup
from cytoforge.networks.initialisation import init_xavier


class LabelUNet(GanModel):
    """A generator of label maps, without any discriminator."""

    losses: ClassVar[Mapping[str, tuple[str, ...]]] = {"network": ("cross_entropy", "dice")}

    def __init__(self, setup: ModelSetup) -> None:
        super().__init__(setup)
        self.config = cast(LabelUNetConfig, setup.config)
        sampler = build_sampler(self.config, setup.n_codes, setup.channels)
        self.keep(sampler, partial(init_xavier, gain=1))

    def update(self, batch: Batch, step: int) -> Losses:
        """Update the network once."""
        return self.optimise(["generator"], self.micro_batches(batch), self._loss)

    def graph_key(self, step: int) -> Hashable | None:
        """Return that all steps are alike."""
        return "any"

    def _loss(self, micro: MicroBatch) -> tuple[Tensor, Losses]:
        scores = self.fake(micro).float()  # (B, K, H, W)
        labels = micro.batch["labels"].long()  # (B, H, W)
        entropy, dice = F.cross_entropy(scores, labels), dice_loss(scores.softmax(1), labels)
        total = entropy + self.config.lambda_dice * dice
        return total, {"cross_entropy": entropy, "dice": dice}


def dice_loss(probabilities: Tensor, labels: Tensor) -> Tensor:
    """Return 1 − the mean soft Dice over the classes that occur in a batch.

    probabilities (B, K, H, W), labels int64 (B, H, W). Of two pixels of class 1 one is found:

    >>> import torch
    >>> found = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).reshape(1, 2, 1, 2)
    >>> dice_loss(found, torch.tensor([[[1, 1]]])).item()
    0.333333...
    """
    wanted = F.one_hot(labels, probabilities.shape[1]).movedim(-1, 1).to(probabilities.dtype)
    over = (0, 2, 3)
    shared, pixels = (probabilities * wanted).sum(over), wanted.sum(over)  # (K,) each
    dice = 2 * shared / (probabilities.sum(over) + pixels).clamp(min=1)
    there = pixels > 0
    return 1 - (dice * there).sum() / there.sum()


def build(setup: ModelSetup) -> Model:
    """Return the untrained model."""
    return LabelUNet(setup)
