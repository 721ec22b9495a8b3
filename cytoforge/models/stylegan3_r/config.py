"""Config of StyleGAN3, config R, with the published values as defaults."""

from cytoforge.config.base import number
from cytoforge.config.training import FILTERS
from cytoforge.models.stylegan3_config import StyleGan3Training


class StyleGan3RConfig(StyleGan3Training):
    """StyleGAN3, config R: what it draws moves and turns with its input."""

    channel_base: int = number(65536, ge=16, le=1_048_576, why=FILTERS)
    """Channels of a map times its side, of both networks, but for `channel_max`; the discriminator
    has half of it."""
    channel_max: int = number(1024, ge=1, le=4096, why=FILTERS)
    """Most channels of a map; the discriminator has half of it."""
    blur_px: float = number(10, ge=0, le=64, why="nothing would be seen")
    """Both real and made maps are blurred by this at first, so that coarse structure is learned
    before fine (SD of a Gaussian). 0: none."""

    @property
    def discriminator_share(self) -> float:
        """1 × 1 convolutions allow twice the channels, which the discriminator's 3 × 3 do not."""
        return 0.5


CONFIG = StyleGan3RConfig
