"""Config of CUT and FastCUT beyond what all translators share."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cytoforge.config.base import Once, number
from cytoforge.config.problem import Mistakes, Problem
from cytoforge.config.training import FILTERS, WEIGHTS
from cytoforge.models.translation_config import RESNET_BLOCKS, RESNET_HALVINGS, TranslationTraining

LAYERS = ("image", "half", "quarter", *(f"block_{k}" for k in range(1, 10)))


class CutConfig(TranslationTraining):
    """CUT: one generator, whose patches stay recognisable. FastCUT is `lambda_nce: 10`,
    `nce_identity: false`, `flip_equivariance: true`."""

    lambda_nce: float = number(1, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of the contrastive loss of patches."""
    nce_identity: bool = True
    """The loss counts half, and the other half is the same loss between images of the domain that
    is made and what the generator makes of these."""
    flip_equivariance: bool = False
    """Half of the images are made of their mirror image, and compared as they were."""
    nce_layers: Annotated[tuple[str, ...], Once] = Field(
        ("image", "half", "quarter", "block_1", "block_5"), min_length=1, max_length=12
    )
    """Layers of the generator whose features are compared: `image`, `half` and `quarter` (the
    layers that halve), `block_1`, `block_2`, …"""
    nce_patches: int = number(256, ge=2, le=65_536, why="each is compared with each other one")
    """Patches of an image that are compared with one another, of each layer: a pixel of its
    features each."""
    nce_temperature: float = number(0.07, gt=0, le=100, why="all patches would be alike")
    """Temperature of the softmax over patches."""
    head_filters: int = number(256, ge=4, le=4096, why=FILTERS)
    """Width of the two layers that features go through before they are compared."""
    generator: Literal["resnet_9", "resnet_6"] = "resnet_9"
    """ResNet with 9 or 6 blocks at quarter size; tiles are multiples of 4."""
    pool_size: int = number(0, ge=0, le=10_000, why="all of them are kept in memory")
    """Older generated images that the discriminator is shown in place of half of the new ones.
    With any, a GPU cannot record a step."""

    @property
    def size_multiple(self) -> int:
        """The generator halves this often."""
        return 2**RESNET_HALVINGS

    @property
    def smallest_tile_px(self) -> int:
        """The generator's middle is 2 px, and a PatchGAN's last two layers take a pixel each from
        what its halvings leave."""
        seen_px = 3 * 2**self.discriminator_layers
        return max(2, -(-seen_px // self.size_multiple)) * self.size_multiple

    @property
    def compared_layers(self) -> tuple[str, ...]:
        """The layers that are compared, in the order of the data's way."""
        return tuple(layer for layer in LAYERS if layer in self.nce_layers)

    @model_validator(mode="after")
    def _layers_there(self) -> "CutConfig":
        there = LAYERS[: 3 + RESNET_BLOCKS[self.generator]]
        missing = [layer for layer in self.nce_layers if layer not in there]
        if missing:
            message = f"{self.generator} has no {', '.join(missing)} (there: {', '.join(there)})"
            raise Mistakes([Problem(("nce_layers",), message)])
        return self


CONFIG = CutConfig
