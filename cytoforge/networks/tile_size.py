"""Which tile sizes a network that halves or doubles can take."""

from collections.abc import Sequence

from cytoforge.errors import UserError


def check_multiple(shape: Sequence[int], multiple: int, why: str) -> None:
    """Refuse a tile (…, H, W) whose sides are not multiples; `why` says what needs them to be."""
    height, width = shape[-2:]
    if height % multiple or width % multiple:
        raise UserError(
            where="training.generator",
            expected=f"tiles whose sides are multiples of {multiple} px ({why})",
            found=f"{height} × {width} px",
            fix="choose datasets.*.tile_px to match, or a network with fewer halvings",
        )
