"""Config of CycleGAN beyond what all translators share."""

from typing import Literal

from pydantic import model_validator

from cytoforge.config.base import later, number
from cytoforge.config.problem import Mistakes, Problem
from cytoforge.config.training import FILTERS, WEIGHTS
from cytoforge.models.translation_config import RESNET_BLOCKS, RESNET_HALVINGS, TranslationTraining

# Halvings of each U-Net: its tiles are multiples of 2 to this power.
UNET_HALVINGS = {"unet_256": 8, "unet_128": 7, "unet_64": 6, "unet_32": 5, "unet_16": 4}


class CycleGanConfig(TranslationTraining):
    """CycleGAN: two generators, each of which undoes what the other makes."""

    lambda_cycle: float = number(10, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of the L1 distance of an image and its way there and back, of both domains."""
    identity: float = number(0.5, ge=0, le=1000, why=WEIGHTS)
    """Weight of the L1 distance of an image and what the generator of its own domain makes of it,
    as a share of `lambda_cycle`: 0.5 of 10 is a weight of 5. 0: these passes are left out."""
    lambda_haematoxylin: float = later(0.0, ge=0, le=1_000_000, json_schema_extra={"why": WEIGHTS})
    """Weight of 1 − the correlation of haematoxylin in an image and in what is made of it, both
    ways: meant to keep brown cytoplasm from becoming nuclei, and nuclei where they are. For stains
    of red, green and blue that both have haematoxylin. 0: none, as the original."""
    generator: Literal[
        "resnet_9", "resnet_6", "unet_256", "unet_128", "unet_64", "unet_32", "unet_16"
    ] = "resnet_9"
    """ResNet with 9 or 6 blocks at quarter size (tiles are multiples of 4), or U-Net with 8 (256),
    7 (128), … 4 (16) halvings, whose tiles are multiples of 256, 128, … 16. A U-Net of few halvings
    takes a tenth of a ResNet's arithmetic, and hands on fine structure."""
    detail_filters: int = number(0, ge=0, le=512, why=FILTERS)
    """Filters of one more layer of a U-Net, at full size, that sees the image again beside the
    decoder's output: edges stay sharp. 0: none, as the original."""
    detail_layers: int = number(1, ge=1, le=8, why="each costs as much as a level of the U-Net")
    """So many layers at full size, where `detail_filters` asks for any."""

    @property
    def needs_colours(self) -> list[str]:
        """Keys, of those that are set, that are for red, green and blue."""
        held = ["lambda_haematoxylin"] if self.lambda_haematoxylin else []
        return [*super().needs_colours, *held]

    @property
    def translates_back(self) -> bool:
        """There is a generator for either direction."""
        return True

    @property
    def size_multiple(self) -> int:
        """The generators halve this often."""
        return 2 ** UNET_HALVINGS.get(self.generator, RESNET_HALVINGS)

    @property
    def smallest_tile_px(self) -> int:
        """A ResNet's and, with instance norm, a U-Net's middle is 2 px, and a PatchGAN's last two
        layers take a pixel each from what its halvings leave, of which a norm needs two."""
        multiple = self.size_multiple
        middle = 2 if self.generator in RESNET_BLOCKS else 1
        seen_px = 3 * 2**self.discriminator_layers
        return max(middle, -(-seen_px // multiple)) * multiple

    @model_validator(mode="after")
    def _go_together(self) -> "CycleGanConfig":
        if self.detail_filters and self.generator in RESNET_BLOCKS:
            message = (
                f"{self.generator} has no such layer (U-Nets have); it is at full size at both ends"
            )
            raise Mistakes([Problem(("detail_filters",), message)])
        return self


CONFIG = CycleGanConfig
