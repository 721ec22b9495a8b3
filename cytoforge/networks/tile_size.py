"""Which tile sizes a network that halves or doubles can take."""

from torch import Tensor

from cytoforge.errors import UserError


def check_multiple(x: Tensor, multiple: int, what: str) -> None:
    """Refuse a tile (…, H, W) whose sides are not multiples; `what` names the cause."""
    height, width = x.shape[-2:]
    if height % multiple or width % multiple:
        raise UserError(
            where="training.generator",
            expected=f"tiles whose sides are multiples of {multiple} px (the {what})",
            found=f"{height} × {width} px",
            fix="choose datasets.*.tile_px to match, or fewer blocks",
        )
