"""Local enhancer of pix2pixHD, G2 around G1 (Wang et al. 2018, arXiv:1711.11585, section 3.1)."""

from torch import Tensor, nn

from cytoforge.networks.global_generator import ImageHead, doubled, entry, global_trunk, halving
from cytoforge.networks.multiscale import half_size
from cytoforge.networks.resnet import ResidualBlock
from cytoforge.networks.tile_size import check_multiple
from cytoforge.networks.upsampling import Upsampling


class LocalEnhancer(nn.Module):
    """G1 at half size; its features are added to the full-size branch, refined and doubled.

    Sides are multiples of 2^(downs + 1), and twice that at least. While `coarse_only` is set, it is
    G1 alone, whose input and image have half the size.
    """

    coarse_only = False

    def __init__(
        self,
        inputs: int,  # channels of the condition
        outputs: int,  # channels of the image
        filters: int = 64,  # width of G1 at half size; the enhancer has half of it at full size
        downs: int = 4,  # halvings of G1
        blocks: int = 9,  # residual blocks of G1
        enhancer_blocks: int = 3,  # residual blocks at half size, after the sum
        norm: str = "instance",  # batch, instance or none
        upsampling: Upsampling = "transposed",
        label_skip: bool = False,  # the condition is seen again at full size
        coarse_head: bool = False,  # G1's own last layer, which G1 alone is trained with
    ) -> None:
        super().__init__()
        self.downs = downs + 1
        width, seen_again = filters // 2, inputs if label_skip else 0
        self.coarse = global_trunk(inputs, filters, downs, blocks, norm, upsampling)
        self.coarse_head = ImageHead(filters, outputs, norm, seen_again) if coarse_head else None
        self.full_size = nn.Sequential(*entry(inputs, width, norm), *halving(width, norm))
        self.refine = nn.Sequential(
            *(ResidualBlock(filters, norm) for _ in range(enhancer_blocks)),
            *doubled(filters, norm, upsampling),
        )
        self.head = ImageHead(width, outputs, norm, seen_again)

    def forward(self, x: Tensor) -> Tensor:  # (B, inputs, H, W)
        if self.coarse_only:
            return self._coarse_image(x)
        check_multiple(x.shape, 2**self.downs, f"{self.downs} halvings")
        features = self.coarse(half_size(x)) + self.full_size(x)  # (B, filters, H / 2, W / 2)
        image: Tensor = self.head(self.refine(features), x)  # (B, outputs, H, W) in [-1, 1]
        return image

    def _coarse_image(self, x: Tensor) -> Tensor:  # (B, inputs, H / 2, W / 2)
        if self.coarse_head is None:
            raise ValueError("coarse_only needs coarse_head")
        check_multiple(x.shape, 2 ** (self.downs - 1), f"{self.downs - 1} halvings")
        image: Tensor = self.coarse_head(self.coarse(x), x)  # (B, outputs, H / 2, W / 2)
        return image
