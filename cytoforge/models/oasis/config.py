"""Config of OASIS beyond what all models share, with the published values as defaults."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cytoforge.config.base import Once, later, number
from cytoforge.config.problem import Mistakes, Problem
from cytoforge.config.task import UNPAIRED_TASK
from cytoforge.config.training import FILTERS, WEIGHTS, TrainingConfig


class OasisConfig(TrainingConfig):
    task: Literal["labels_to_image", "labels_to_domain"] = "labels_to_image"
    """What is learned: images of label maps; or, without pairs and with `supervision: usis`, images
    of a domain that has no label maps."""
    schedule: Literal["linear", "constant", "step", "cosine", "plateau"] = "constant"
    """Learning rate: `linear` is constant, then falls to 0; `step` is a tenth after every quarter;
    `cosine` falls along half a cosine; `plateau` is a fifth after 5 validations without gain."""
    learning_rate: float = number(1e-4, gt=0, le=10, why="no network learns in larger steps")
    """Adam's learning rate."""
    discriminator_rate: float = number(
        4, gt=0, le=1000, why="no discriminator learns in larger steps"
    )
    """Learning rate of the discriminators as a multiple of the generator's."""
    beta1: float = Field(0.0, ge=0, lt=1)
    """Adam's first momentum."""
    ema_decay: float = Field(0.9999, ge=0, lt=1)
    """Moving average of the generator's weights used for validation and synthesis; 0: off. Its
    batch-norm statistics are averaged with the weights."""
    supervision: Literal["oasis", "usis"] = "oasis"
    """`oasis`: the discriminator learns to segment real images and to tell fakes (paired). `usis`:
    it learns to segment the generator's images only, and a wavelet discriminator learns realism
    (unpaired, the medical variant)."""
    generator: Literal["pixel", "wavelet"] = "pixel"
    """SPADE blocks on pixels, or on Haar wavelet bands: four per filter, half the size."""
    generator_filters: int = number(64, ge=1, le=512, why=FILTERS)
    """Width of the generator's last block; 16 is usual for `wavelet`."""
    blocks: int = number(
        6, ge=2, le=8, why="each halves the smallest map, and 8 need tiles of 256 px"
    )
    """SPADE blocks; all but the first double the map."""
    noise_channels: int = number(64, ge=0, le=1024, why=FILTERS)
    """Length of the noise vector that makes one label map's images differ; 0: none."""
    grain_channels: int = number(0, ge=0, le=6, why="grains of the sixth have 32 px, like cells")
    """Channels of noise that differs from pixel to pixel, with grains of 1, 2, 4, … px, which the
    generator sees beside the labels: it makes texture of it that no label decides. 0: none, as the
    original."""
    upsampling: Literal["nearest", "bilinear"] = "nearest"
    """How a block's map is doubled. `nearest`, as published, needs long training before it leaves
    no lattice in cells."""
    spade_norm: Literal["batch", "instance"] = "batch"
    """Normalisation inside SPADE. `instance` forgets each tile's brightness: fields have seams."""
    spade_filters: int = number(128, ge=1, le=1024, why=FILTERS)
    """Filters inside each SPADE layer."""
    spade_kernel: Literal[1, 3, 5] = 3
    """Kernel of each SPADE layer's convolutions."""
    spectral_norm: bool = True
    """Divide weights by their largest singular value, generator's blocks and discriminator."""
    init_gain: float = number(0.02, gt=0, le=100, why="no network starts from larger weights")
    """Gain of the Xavier weights that generator and segmenting discriminator start from. With 0.02
    verdicts stay near zero for hundreds of steps, which only a long training can afford."""
    discriminator_filters: int = number(128, ge=2, le=512, why=FILTERS)
    """Width of the segmenting discriminator's first level."""
    discriminator_blocks: int = number(6, ge=2, le=8, why="8 need tiles of 256 px")
    """Halvings of the segmenting discriminator."""
    wavelet_discriminator: bool = False
    """A second discriminator, on wavelet bands, that does not see the label map; `usis` always has
    it."""
    wavelet_discriminator_filters: int = number(128, ge=1, le=512, why=FILTERS)
    """Width of the wavelet discriminator's first stage; the others have four times as many."""
    wavelet_discriminator_stages: int = number(5, ge=1, le=8, why="8 need tiles of 512 px")
    """Halvings of the wavelet discriminator after the transform; 5 for 256 px."""
    wavelet_discriminator_rate: float = number(
        5, gt=0, le=1000, why="no discriminator learns in larger steps"
    )
    """Learning rate of the wavelet discriminator as a multiple of the other discriminator's."""
    fresh_fakes: bool = True
    """The generator's step comes first, and discriminators learn on new images of the updated
    generator, as the original. False: they learn first, on the images of the generator's own step,
    which saves one of its passes."""
    class_balance: bool = True
    """Rare codes count as much as frequent ones."""
    ignore_code: int | None = number(None, ge=0, le=255, why="a label map has at most 256 codes")
    """Code whose pixels count nothing: only one that means "unknown". Null: none."""
    lambda_segment: float = number(1, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of the generator's segmentation loss."""
    lambda_labelmix: float = number(10, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of LabelMix in the discriminator's loss (`oasis`); 0: none."""
    lambda_mask: float = number(0, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of the mask loss: bright where the label map has cells, dark elsewhere; 0: none."""
    mask_threshold: float = Field(0.2, gt=0, lt=1)
    """Brightness, of 0 to 1, above which a pixel is foreground for the mask loss."""
    mask_softness: float = number(0.05, gt=0, le=1, why="it is in grey values of 0 to 1")
    """Width of the mask loss's threshold."""
    background_codes: Annotated[tuple[Annotated[int, Field(ge=0, le=255)], ...], Once] = (0, 1)
    """Codes that the mask loss wants dark: gap and background in maps of 4, 7 or 9 levels."""
    lambda_l1: float = number(0, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of an L1 loss, which OASIS has not: it steadies short trainings."""
    lambda_gradient: float = later(0.0, ge=0, le=1_000_000, json_schema_extra={"why": WEIGHTS})
    """Weight of the gradient difference loss: edges and texture as strong as in the real image,
    wherever they are, which L1 would average away. 0: none."""
    l1_mean_px: int = number(1, ge=1, le=64, why="nothing would be left of a cell")
    """The L1 loss compares means of squares of this side, so that finer texture is left to the
    discriminator; 1: pixels."""
    r1_gamma: float = number(10, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of the wavelet discriminator's gradient penalty: γ/2 · ‖∇D‖²; 0: none."""
    r1_every: int = number(16, ge=1, le=1_000_000, why="no penalty is computed otherwise")
    """The penalty is computed at every so many steps, and weighs as many times as much there."""

    @property
    def size_multiple(self) -> int:
        """All networks halve or double."""
        halvings = [self.blocks - (self.generator == "pixel"), self.discriminator_blocks]
        if self.has_wavelet_discriminator:
            halvings.append(1 + self.wavelet_discriminator_stages)
        return int(2 ** max(halvings))

    @property
    def smallest_tile_px(self) -> int:
        """The generator's first block norms maps of 2 px, on bands as on pixels."""
        return max(self.size_multiple, 2**self.blocks)

    @property
    def has_wavelet_discriminator(self) -> bool:
        """Whether there is a wavelet discriminator."""
        return self.wavelet_discriminator or self.supervision == "usis"

    @property
    def samples_differ_by(self) -> tuple[str, ...]:
        """One noise vector per image, and grain."""
        noise = ("noise",) if self.noise_channels else ()
        return (*noise, "grain") if self.grain_channels else noise

    @model_validator(mode="after")
    def _paired(self) -> "OasisConfig":
        for name in ("lambda_l1", "lambda_gradient"):
            if self.supervision == "usis" and getattr(self, name):
                message = "compares with the paired image, which `usis` does not use"
                raise Mistakes([Problem((name,), message)])
        if self.supervision != "usis" and self.task == UNPAIRED_TASK:
            message = "without pairs nothing but `usis` can be learned"
            raise Mistakes([Problem(("supervision",), message)])
        return self


CONFIG = OasisConfig
