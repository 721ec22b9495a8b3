"""Settings of all models that translate images of one domain into images of another."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cytoforge.config.base import Once, later, number
from cytoforge.config.training import FILTERS, WEIGHTS, TrainingConfig
from cytoforge.models.transfer import initial_files

RESNET_BLOCKS = {"resnet_9": 9, "resnet_6": 6}
RESNET_HALVINGS = 2


class TranslationTraining(TrainingConfig):
    """Generators between two domains, and discriminators that know one domain each."""

    task: Literal["image_to_image"] = "image_to_image"
    """What is learned: images of domain B from images of domain A."""
    gan_mode: Literal["lsgan", "vanilla"] = "lsgan"
    """Adversarial loss: least squares of the discriminator's raw outputs (lsgan), or binary
    cross-entropy (vanilla)."""
    lambda_gan: float = number(1, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of the generators' adversarial losses."""
    pool_size: int = number(50, ge=0, le=10_000, why="all of them are kept in memory")
    """Older generated images that each discriminator is shown in place of half of the new ones.
    With any, a GPU cannot record a step."""
    generator_filters: int = number(64, ge=4, le=512, why=FILTERS)
    """Filters of a generator's first layer (ngf)."""
    discriminator_filters: int = number(64, ge=4, le=512, why=FILTERS)
    """Filters of a discriminator's first layer (ndf)."""
    discriminator_layers: int = number(3, ge=1, le=5, why="one more sees more than a tile")
    """Strided layers of the PatchGAN; 3 sees 70×70 pixels, 2 sees 34×34."""
    norm: Literal["instance", "none"] = "instance"
    """Normalisation layers. Both are of each image by itself, so that several passes through a
    network can be one."""
    stem_norm: bool = True
    """Whether a ResNet has a normalisation after its first layer, as its authors have it."""
    upsampling: Literal["transposed", "resize"] = "transposed"
    """Decoder: transposed convolutions (original) or resize-convolutions (no checkerboard)."""
    stain_spread: float = number(0, ge=0, le=1, why="no staining is twice another one")
    """Augmentation: concentrations of haematoxylin, eosin and DAB become a c + b, a in 1 ± this and
    b in ± this (Tellez et al. 2018), of both domains alike. For red, green and blue. 0: none."""
    light_spread: float = number(0, ge=0, le=0.9, why="nothing would be seen")
    """Augmentation: light times 1 ± this. For red, green and blue. 0: none."""
    structure: Literal["edges", "haematoxylin"] = later("edges")
    """What of an image has to be in what is made of it, for the validation scores `translation` and
    `structure`: its edges, in whichever colour; or its haematoxylin, for two stains of red, green
    and blue that both have it: there nuclei may not become pale in violet surroundings."""
    initial: str | None = None
    """Folder of a trained model, of the same networks, whose weights training goes on from. Null:
    random weights."""
    freeze: Annotated[tuple[str, ...], Once] = Field((), max_length=1000)
    """Layers that stay as they are, with `initial`: `generator.stem`, `generator.encoder`,
    `generator.blocks.0-6` (of all generators), `discriminator.blocks.0-7`, or of one network:
    `generator_ab.stem`."""

    @property
    def needs_colours(self) -> list[str]:
        """Keys, of those that are set, that are for red, green and blue."""
        needed = {
            "stain_spread": self.stain_spread > 0,
            "light_spread": self.light_spread > 0,
            "structure": self.structure == "haematoxylin",
        }
        return [key for key, is_set in needed.items() if is_set]

    @property
    def stains_change(self) -> bool:
        """Whether tiles are stained or lit otherwise."""
        return self.stain_spread > 0 or self.light_spread > 0

    def initial_files(self) -> dict[str, Path]:
        """Return the weights that training goes on from."""
        return initial_files(self.initial)
