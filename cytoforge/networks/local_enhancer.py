"""Local enhancer of pix2pixHD, G2 around G1 (Wang et al. 2018, arXiv:1711.11585, section 3.1)."""

from torch import Tensor, nn

from cytoforge.networks.global_generator import ImageHead, doubled, entry, global_trunk, halving
from cytoforge.networks.multiscale import half_size
from cytoforge.networks.resnet import ResidualBlock
from cytoforge.networks.upsampling import Upsampling


class LocalEnhancer(nn.Module):
    """G1 at half size; its features are added to the full-size branch, refined and doubled.

    Sides are multiples of 2^(n_downs + 1), and twice that at least. While `coarse_only` is set, it
    is G1 alone, whose input and image have half the size.
    """

    coarse_only = False

    def __init__(
        self,
        in_channels: int,  # of the condition
        out_channels: int,  # of the image
        filters: int = 64,  # width of G1 at half size; the enhancer has half of it at full size
        n_downs: int = 4,  # halvings of G1
        n_blocks: int = 9,  # residual blocks of G1
        n_enhancer_blocks: int = 3,  # residual blocks at half size, after the sum
        norm: str = "instance",  # batch, instance or none
        upsampling: Upsampling = "transposed",
        label_skip: bool = False,  # the condition is seen again at full size
        coarse_head: bool = False,  # G1's own last layer, which G1 alone is trained with
    ) -> None:
        super().__init__()
        width, again = filters // 2, in_channels if label_skip else 0
        self.coarse = global_trunk(in_channels, filters, n_downs, n_blocks, norm, upsampling)
        self.coarse_head = ImageHead(filters, out_channels, norm, again) if coarse_head else None
        self.full_size = nn.Sequential(*entry(in_channels, width, norm), *halving(width, norm))
        self.refine = nn.Sequential(
            *(ResidualBlock(filters, norm) for _ in range(n_enhancer_blocks)),
            *doubled(filters, norm, upsampling),
        )
        self.head = ImageHead(width, out_channels, norm, again)

    def forward(self, x: Tensor) -> Tensor:  # (B, in_channels, H, W)
        if self.coarse_only:
            return self._coarse_image(x)
        features = self.coarse(half_size(x)) + self.full_size(x)  # (B, filters, H / 2, W / 2)
        return self.head(self.refine(features), x)  # (B, out_channels, H, W) in [-1, 1]

    def _coarse_image(self, x: Tensor) -> Tensor:  # (B, in_channels, H / 2, W / 2)
        if self.coarse_head is None:
            raise ValueError("coarse_only needs coarse_head")
        return self.coarse_head(self.coarse(x), x)  # (B, out_channels, H / 2, W / 2)
