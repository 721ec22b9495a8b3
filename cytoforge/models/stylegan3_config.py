"""Settings of both StyleGAN3s."""

from pydantic import Field

from cytoforge.config.base import number
from cytoforge.config.training import WEIGHTS
from cytoforge.models.stylegan_config import StyleGanTraining

GAMMA_RULE = 2 * 32 / 256**2
"""R1's weight by the rule γ = this · side² / batch: 2 at 256 px and batch 32."""


class StyleGan3Training(StyleGanTraining):
    """What StyleGAN3 does otherwise than StyleGAN2: fewer layers before the style, no mixing of
    styles, no path length, a faster generator."""

    learning_rate: float = number(2.5e-3, gt=0, le=10, why="no network learns in larger steps")
    """Adam's learning rate."""
    discriminator_rate: float = number(
        0.8, gt=0, le=1000, why="no discriminator learns in larger steps"
    )
    """Learning rate of the discriminators as a multiple of the generator's."""
    mapping_layers: int = number(2, ge=1, le=16, why="more learn nothing more")
    """Dense layers from noise to style."""
    mixing: float = Field(0.0, ge=0, le=1)
    """Probability that a map has two styles, one for its first and one for its last layers."""
    path_weight: float = number(0, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of path length regularisation: equal steps in style are to be equal changes of the
    map; 0: none."""
