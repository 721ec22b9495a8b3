"""Instance normalisation with the statistics of a whole field, so that its tiles agree in colour.

A network with instance norm takes the mean and variance of each image that it is shown. Of tiles of
a field these differ, a blank tile's most of all, and so do the colours that are made of them
(junyanz/CycleGAN issue 32). Here a first pass finds the statistics of the field, and a second one
uses them for every tile.

In the first pass tiles that are spread over the field are normalised together, by their common
statistics, as the field would be in one piece: statistics of deeper layers are those behind layers
that are normalised so already. Were each tile normalised by itself there, deeper layers would never
see what tells tiles apart.
"""

import copy
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn


class FieldNorm(nn.Module):
    """In place of an instance norm: the same without its weights, of all that it has seen.

    Attributes
    ----------
    frozen : whether statistics are used and no longer collected
    """

    frozen = False
    means: Tensor
    squares: Tensor

    def __init__(self, norm: nn.InstanceNorm2d) -> None:
        super().__init__()
        self.eps = norm.eps
        zeros = torch.zeros(norm.num_features, dtype=torch.float64)
        self.register_buffer("means", zeros, persistent=False)
        self.register_buffer("squares", zeros.clone(), persistent=False)
        self.batches = 0

    def forget(self) -> None:
        """Begin with another field."""
        self.frozen, self.batches = False, 0
        self.means.zero_()
        self.squares.zero_()

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        if self.frozen:
            mean = self.means / self.batches
            variance = (self.squares / self.batches - mean**2).clamp(min=0)
        else:
            variance, mean = torch.var_mean(x.float(), dim=(0, 2, 3), correction=0)
            self.means += mean
            self.squares += variance.double() + mean.double() ** 2
            self.batches += 1
        scale = (variance + self.eps).rsqrt()
        shift = -mean * scale
        return x * scale.to(x)[:, None, None] + shift.to(x)[:, None, None]


def with_field_norms(network: nn.Module) -> nn.Module:
    """Return a copy of a network in which every instance norm is a `FieldNorm`.

    Raises ValueError for instance norms with weights or running statistics, which no generator has.
    """
    ready = copy.deepcopy(network)
    for module in list(ready.modules()):
        for name, child in list(module.named_children()):
            if not isinstance(child, nn.InstanceNorm2d):
                continue
            if child.affine or child.track_running_stats:
                raise ValueError(f"{name} is an instance norm with weights or running statistics")
            setattr(module, name, FieldNorm(child))
    return ready


@torch.inference_mode()
def freeze_norms(
    network: nn.Module, run: Callable[[Tensor], Tensor], batches: Iterable[Tensor]
) -> int:
    """Collect the statistics of a field from batches of its tiles, and freeze them; return how many
    norms there are.

    Every batch should be spread over the field: it is normalised by what its tiles have in common,
    and the statistics are means over the batches. Of a single batch they are exact.

    Parameters
    ----------
    network : what `with_field_norms` returned, or a copy of it in other arithmetic
    run : calls it
    batches : float32 (B, C, T, T) each
    """
    norms = [layer for layer in network.modules() if isinstance(layer, FieldNorm)]
    for norm in norms:
        norm.forget()
    for batch in batches if norms else ():
        run(batch)
    for norm in norms:
        norm.frozen = True
    return len(norms)
