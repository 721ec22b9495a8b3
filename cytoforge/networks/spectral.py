"""Spectral normalisation (Miyato et al. 2018, arXiv:1802.05957) as a layer."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.layouts import weight_rows, without_autocast


class SpectralConv2d(nn.Conv2d):
    """A convolution whose weight, as a matrix (out, in × k × k), is divided by its largest
    singular value.

    That value is found by one power iteration from `u`, an estimate of the left singular vector.
    `follow_singular_values` keeps what the iteration made of `u`, once per update (algorithm 1 of
    the paper). A forward pass changes nothing: a batch summed in micro-batches, two discriminators'
    passes and an exported network all see the same weight. The length of `u` does not matter, so
    its moving average is as good. It starts as the diagonal, not as a draw: a network depends on
    the seed of its weights alone.

    Not `torch.nn.utils.parametrizations.spectral_norm`: that one iterates at every pass, in bf16
    under autocast, draws at construction, cannot be pickled, and hides the weight from whatever
    draws it.
    """

    u: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        padding: int = 0,
        bias: bool = True,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, padding=padding, bias=bias)
        self.register_buffer("u", torch.full((out_channels,), out_channels**-0.5))

    def forward(self, x: Tensor) -> Tensor:  # (B, in_channels, H, W)
        weight = self.normalised_weight()
        return F.conv2d(x, weight, self.bias, padding=self.padding)  # (B, out_channels, H, W)

    def normalised_weight(self) -> Tensor:
        """Return weight / σ; gradients reach the weight through σ as well."""
        with without_autocast(self.weight):
            matrix = weight_rows(self.weight)  # (out, in × k × k)
            image = matrix @ self._right_vector(matrix)  # (out,)
            return self.weight / (F.normalize(image.detach(), dim=0) @ image)

    @torch.no_grad()
    def follow(self) -> None:
        """Keep the estimate for the present weight, to start from it next time."""
        matrix = weight_rows(self.weight)
        self.u.copy_(F.normalize(matrix @ self._right_vector(matrix), dim=0))

    @torch.no_grad()
    def _right_vector(self, matrix: Tensor) -> Tensor:
        return F.normalize(matrix.T @ self.u, dim=0)  # (in × k × k,)


def convolution(
    in_channels: int, out_channels: int, kernel_size: int = 3, *, spectral: bool, bias: bool = True
) -> nn.Conv2d:
    """Return a convolution that keeps height and width, with or without spectral norm."""
    layer = SpectralConv2d if spectral else nn.Conv2d
    return layer(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=bias)


def follow_singular_values(network: nn.Module) -> None:
    """Iterate every spectral norm of a network once; to be called once per update."""
    for layer in network.modules():
        if isinstance(layer, SpectralConv2d):
            layer.follow()


@torch.no_grad()
def fold_spectral_norm(network: nn.Module) -> nn.Module:
    """Replace, in place, each `SpectralConv2d` by a plain convolution that does the same.

    For inference and export: the division is done once instead of in every forward. Returns the
    network.
    """
    for name, layer in list(network.named_modules()):
        if isinstance(layer, SpectralConv2d):
            parent, _, attribute = name.rpartition(".")
            setattr(network.get_submodule(parent), attribute, _plain(layer))
    return network


def _plain(layer: SpectralConv2d) -> nn.Conv2d:
    plain = nn.Conv2d(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,  # type: ignore[arg-type]
        padding=layer.padding,  # type: ignore[arg-type]
        bias=layer.bias is not None,
        device="meta",
    )
    plain.weight = nn.Parameter(layer.normalised_weight(), requires_grad=False)
    plain.bias = layer.bias
    return plain.train(layer.training)
