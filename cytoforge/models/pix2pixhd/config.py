"""Config of pix2pixHD beyond what all models share."""

from typing import Literal

from pydantic import Field, model_validator

from cytoforge.config.base import later, number
from cytoforge.config.problem import Mistakes, Problem, mistake
from cytoforge.config.training import FILTERS, WEIGHTS, TrainingConfig


class Pix2PixHDConfig(TrainingConfig):
    task: Literal["labels_to_image"] = "labels_to_image"
    """What is learned: images of label maps."""
    generator: Literal["global", "local"] = "global"
    """`global`: one generator (G1); `local`: the same at half size, and an enhancer around it that
    works at full size (G2)."""
    generator_filters: int = number(64, ge=4, le=512, multiple_of=2, why=FILTERS)
    """Filters of the global generator's first layer; the enhancer's first has half as many (the
    original's ngf: 64 with `global`, 32 with `local`)."""
    downsamplings: int = number(
        4, ge=1, le=6, why="sides of tiles are multiples of 2 to this power"
    )
    """Halvings of the global generator, each of which doubles the filters. Sides of tiles are
    multiples of 2 to this power, with `local` of twice that, and twice the multiple at least."""
    blocks: int = number(9, ge=0, le=100, why=FILTERS)
    """Residual blocks at the smallest size."""
    enhancer_blocks: int = number(3, ge=0, le=100, why=FILTERS)
    """Residual blocks of the enhancer (`local`)."""
    norm: Literal["batch", "instance", "none"] = "instance"
    """Normalisation layers. `instance` takes each tile's own statistics, in synthesis too, where
    neighbouring tiles then differ a little; `batch` uses those of training and leaves no seams."""
    upsampling: Literal["transposed", "resize"] = "transposed"
    """Doubling by transposed convolutions (original) or resize-convolutions (no checkerboard)."""
    label_skip: bool = False
    """One more layer at full size, before the last, sees the label map again: thin rims stay sharp.
    False: as the original."""
    grain_channels: int = number(0, ge=0, le=6, why="grains of the sixth have 32 px, like cells")
    """Channels of noise that differs from pixel to pixel, with grains of 1, 2, 4, … px, which the
    generator sees beside the labels: it makes texture of it that no label decides. 0: none, as the
    original."""
    discriminator_scales: int = number(
        2, ge=1, le=4, why="one more looks at a sixteenth of the tile"
    )
    """Discriminators, each looking at half the size of the one before it (num_D)."""
    discriminator_filters: int = number(64, ge=4, le=512, why=FILTERS)
    """Filters of each discriminator's first layer (ndf)."""
    discriminator_layers: int = number(3, ge=1, le=5, why="one more sees more than a tile")
    """Strided layers of each discriminator; 3 sees 70×70 pixels, 2 sees 34×34."""
    discriminator_detail: float = number(0, ge=0, le=1000, why="nothing else would be seen")
    """Discriminators also see the image less its mean over 5×5 px, times this: texture, which is
    faint beside labels of 0 and 1, and is learnt late otherwise. 0: not, as the original."""
    gan_mode: Literal["vanilla", "lsgan"] = "lsgan"
    """Adversarial loss: least squares (lsgan) or binary cross-entropy (vanilla)."""
    lambda_l1: float = number(0, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of the L1 loss. 0: none, as the original, whose losses compare features only."""
    lambda_gradient: float = later(0.0, ge=0, le=1_000_000, json_schema_extra={"why": WEIGHTS})
    """Weight of the gradient difference loss: edges and texture as strong as in the real image,
    wherever they are, which L1 would average away. 0: none, as the original."""
    l1_mean_px: int = number(1, ge=1, le=64, why="nothing would be left of a cell")
    """The L1 loss compares means of squares of this side, so that finer texture is left to the
    discriminator; 1: pixels, as the original."""
    lambda_features: float = number(10, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of feature matching: the discriminators' layers see the real and the generated image
    alike."""
    lambda_vgg: float = number(10, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of the VGG loss: layers of a network that knows photographs see both images alike. It
    is left out, and the log says so, where there are no weights. 0: off."""
    vgg_crop_px: int | None = number(
        None, ge=32, le=4096, why="VGG sees nothing in smaller ones; tiles are no larger"
    )
    """The VGG loss is computed on a square of this side, at another position each step, instead of
    whole tiles: 64 of 128 px take a quarter of its time. Null: whole tiles, as the original."""
    coarse_fraction: float = Field(0.5, ge=0, lt=1)
    """Fraction of training in which the global generator learns alone at half size (`local`)."""
    enhancer_only_fraction: float = Field(0.05, ge=0, lt=1)
    """Fraction of training after that in which only the enhancer learns (`local`)."""
    instance_edges: bool = True
    """A channel marks the borders between cells, for generator and discriminators."""
    feature_encoder: bool = False
    """A third network reduces each level of each real cell to a few numbers that the generator
    sees: in synthesis they choose among appearances."""
    feature_channels: int = number(3, ge=1, le=64, why=FILTERS)
    """Appearance features per region (`feature_encoder`)."""
    encoder_filters: int = number(16, ge=4, le=512, why=FILTERS)
    """Filters of the encoder's first layer."""
    feature_clusters: int = number(10, ge=1, le=1000, why="each needs cells of its own")
    """Clusters of appearance features per level, from which synthesis chooses."""

    @property
    def size_multiple(self) -> int:
        """The global generator halves this often, once more inside the enhancer."""
        return int(2 ** (self.downsamplings + (self.generator == "local")))

    @property
    def smallest_tile_px(self) -> int:
        """The generator's middle is 2 px, and so is what the last discriminator looks at; four
        halvings of VGG leave 1 px. While G1 learns alone all of them see half the tile."""
        seen = max(2**self.discriminator_scales, 16 if self.lambda_vgg else 1)
        return max(2 * self.size_multiple, 2 * seen if self.generator == "local" else seen)

    @property
    def needs(self) -> tuple[str, ...]:
        """Borders are between instances, and appearance features belong to them."""
        sees_cells = self.instance_edges or self.feature_encoder
        return (*super().needs, "instances") if sees_cells else super().needs

    @property
    def pretrained(self) -> tuple[str, ...]:
        """The VGG loss's, beside what chooses the checkpoint."""
        return (*super().pretrained, "vgg19") if self.lambda_vgg else super().pretrained

    @property
    def samples_differ_by(self) -> tuple[str, ...]:
        """The appearance features of a sample's cells are chosen by its seed, and its grain."""
        clusters = ("clusters",) if self.feature_encoder else ()
        return (*clusters, "grain") if self.grain_channels else clusters

    @model_validator(mode="after")
    def _phases(self) -> "Pix2PixHDConfig":
        fractions = self.coarse_fraction + self.enhancer_only_fraction
        if self.generator == "global" or fractions == 0:
            return self
        if self.coarse_fraction and (self.selection != "last" or self.patience):
            raise mistake(
                "select_by, patience: the best checkpoint could be one in which the enhancer had"
                " learnt nothing yet; give `select_by: last` and no patience, or"
                " `coarse_fraction: 0`",
                "select_by",
            )
        if self.minutes is not None:
            message = (
                "coarse_fraction and enhancer_only_fraction are counted in steps; set both to 0 or"
                " give `steps`"
            )
            raise Mistakes([Problem(("minutes",), message)])
        if fractions >= 1:
            raise mistake(
                f"coarse_fraction and enhancer_only_fraction are {fractions:g} together: nothing is"
                " left in which generator and enhancer learn together",
                "coarse_fraction",
            )
        return self


CONFIG = Pix2PixHDConfig
