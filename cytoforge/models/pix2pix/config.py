"""Config of pix2pix beyond what all models share."""

from typing import Any, Literal

from pydantic import model_validator

from cytoforge.config.base import later, number
from cytoforge.config.problem import Mistakes, Problem
from cytoforge.config.training import FILTERS, WEIGHTS, TrainingConfig

Norm = Literal["batch", "instance", "none"]

# Halvings of each generator: its tiles are multiples of 2 to this power.
UNET_HALVINGS = {"unet_256": 8, "unet_128": 7, "unet_64": 6, "unet_32": 5, "unet_16": 4}
RESNET_HALVINGS = 2
RESNET_BLOCKS = {"resnet_9": 9, "resnet_6": 6}


class Pix2PixConfig(TrainingConfig):
    task: Literal["labels_to_image", "image_to_labels"] = "labels_to_image"
    """What is learned: images of label maps, or label maps of images."""
    gan_mode: Literal["vanilla", "lsgan", "wgan_gp"] = "vanilla"
    """Adversarial loss: binary cross-entropy (vanilla), least squares (lsgan), or Wasserstein with
    gradient penalty (wgan_gp), whose steps take half as long again."""
    lambda_l1: float = number(100, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of the L1 loss."""
    lambda_gradient: float = later(0.0, ge=0, le=1_000_000, json_schema_extra={"why": WEIGHTS})
    """Weight of the gradient difference loss: edges and texture as strong as in the real image,
    wherever they are, which L1 would average away. 0: none, as the original."""
    l1_mean_px: int = number(1, ge=1, le=64, why="nothing would be left of a cell")
    """The L1 loss compares means of squares of this side, so that finer texture is left to the
    discriminator; 1: pixels, as the original."""
    lambda_gan: float = number(1, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of the generator's adversarial loss."""
    lambda_gp: float = number(10, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of the gradient penalty of wgan_gp."""
    pool_size: int = number(0, ge=0, le=10_000, why="all of them are kept in memory")
    """Older generated images that the discriminator is shown in place of half of the new ones."""
    generator: Literal[
        "unet_256", "unet_128", "unet_64", "unet_32", "unet_16", "resnet_9", "resnet_6"
    ] = "unet_256"
    """U-Net with 8 (256), 7 (128), … 4 (16) halvings; the tile must be a multiple of that number.
    Fewer halvings see less around a pixel, and are quicker to train: most weights lie deep. ResNet
    with 9 or 6 blocks at quarter size; tiles are multiples of 4."""
    generator_filters: int = number(64, ge=4, le=512, why=FILTERS)
    """Filters of the generator's first layer (ngf)."""
    discriminator: Literal["patch", "pixel"] = "patch"
    """PatchGAN, or a discriminator that sees each pixel by itself."""
    discriminator_filters: int = number(64, ge=4, le=512, why=FILTERS)
    """Filters of the discriminator's first layer (ndf)."""
    discriminator_layers: int = number(3, ge=1, le=5, why="one more sees more than a tile")
    """Strided layers of the PatchGAN; 3 sees 70×70 pixels, 2 sees 34×34."""
    discriminator_detail: float = number(0, ge=0, le=1000, why="nothing else would be seen")
    """Discriminators also see the image less its mean over 5×5 px, times this: texture, which is
    faint beside labels of 0 and 1, and is learnt late otherwise. 0: not, as the original."""
    norm: Norm = "batch"
    """Normalisation layers of the generator."""
    discriminator_norm: Norm | None = None
    """Normalisation layers of the discriminator. Null: as `norm`; but with wgan_gp, whose penalty
    is one of each image by itself, instance instead of batch."""
    upsampling: Literal["transposed", "resize"] = "transposed"
    """Decoder: transposed convolutions (original) or resize-convolutions (no checkerboard)."""
    detail_filters: int = number(0, ge=0, le=512, why=FILTERS)
    """Filters of one more layer of a U-Net, at full size, that sees the label map again beside the
    decoder's output: thin rims stay sharp. 0: none, as the original."""
    detail_layers: int = number(1, ge=1, le=8, why="each costs as much as a level of the U-Net")
    """So many layers at full size, where `detail_filters` asks for any."""
    grain_channels: int = number(0, ge=0, le=6, why="grains of the sixth have 32 px, like cells")
    """Channels of noise that differs from pixel to pixel, with grains of 1, 2, 4, … px, which the
    generator sees beside the labels: it makes texture of it that no label decides. 0: none, as the
    original, and always where label maps are made."""
    dropout: bool = True
    """Dropout in the middle of the decoder, as the original (unet_32 and unet_16 have none), or in
    every block of a ResNet."""

    @property
    def size_multiple(self) -> int:
        """The generator halves this often."""
        return 2 ** UNET_HALVINGS.get(self.generator, RESNET_HALVINGS)

    @property
    def smallest_tile_px(self) -> int:
        """A U-Net's middle may be 1 px, a ResNet's is 2 px, and a PatchGAN's last two layers take
        a pixel each from what its halvings leave."""
        multiple = self.size_multiple
        middle = 2 if self.generator in RESNET_BLOCKS else 1
        seen_px = 3 * 2**self.discriminator_layers if self.discriminator == "patch" else 1
        return max(middle, -(-seen_px // multiple)) * multiple

    @property
    def samples_differ_by(self) -> tuple[str, ...]:
        """A U-Net has dropout in `halvings` − 5 levels (networks.unet), a ResNet in its blocks; and
        grain is drawn again."""
        has_dropout = self.generator in RESNET_BLOCKS or UNET_HALVINGS[self.generator] > 5
        dropout = ("dropout",) if self.dropout and has_dropout else ()
        return (*dropout, "grain") if self.grain_channels else dropout

    @property
    def norm_of_discriminator(self) -> Norm:
        """Normalisation layers of the discriminator."""
        norm = self.discriminator_norm or self.norm
        return "instance" if self.gan_mode == "wgan_gp" and norm == "batch" else norm

    @model_validator(mode="before")
    @classmethod
    def _no_texture_of_label_maps(cls, given: Any) -> Any:
        """What presets say of an image's texture does not count where label maps are learnt."""
        if isinstance(given, dict) and given.get("task") == "image_to_labels":
            of_texture = ("grain_channels", "discriminator_detail", "lambda_gradient")
            return {**given, **dict.fromkeys(of_texture, 0)}
        return given

    @model_validator(mode="after")
    def _go_together(self) -> "Pix2PixConfig":
        if self.gan_mode == "wgan_gp" and self.discriminator_norm == "batch":
            message = (
                "wgan_gp needs instance or none: its penalty is one of each image by itself, and"
                " batch norm mixes the images of a batch"
            )
            raise Mistakes([Problem(("discriminator_norm",), message)])
        if self.detail_filters and self.generator in RESNET_BLOCKS:
            message = (
                f"{self.generator} has no such layer (U-Nets have); it is at full size at both ends"
            )
            raise Mistakes([Problem(("detail_filters",), message)])
        return self


CONFIG = Pix2PixConfig
