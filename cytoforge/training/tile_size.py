"""Whether the networks of a model can take the tiles of a data set: asked before any training."""

from cytoforge.config.training import TrainingConfig
from cytoforge.errors import UserError


def check_tile_size(config: TrainingConfig, tile_px: int, model_name: str) -> None:
    """Refuse tiles that are too small or that halvings do not divide.

    Networks ask nothing themselves: this, synthesis and the check of a config stand before them.

    Raises
    ------
    UserError : `tile_px` is no multiple of `config.size_multiple`, or below `smallest_tile_px`
    """
    where, found = "datasets.*.tile_px", f"{tile_px} px"
    if tile_px % config.size_multiple:
        raise UserError(
            where,
            expected=f"multiples of {config.size_multiple} px, for the halvings of {model_name}",
            found=found,
            fix="choose another tile_px, or networks with fewer halvings",
        )
    if tile_px < config.smallest_tile_px:
        raise UserError(
            where,
            expected=f"at least {config.smallest_tile_px} px, which {model_name} needs with its"
            " settings of generator and discriminator",
            found=found,
            fix="choose larger tiles, or networks with fewer halvings, layers or scales",
        )
