"""Cut one image into strips with guard bands: the split for fewer than three sources."""

from collections.abc import Iterator

from cytoforge.config.split import SplitConfig
from cytoforge.errors import UserError
from cytoforge.seeds import derive_seed
from cytoforge.split.region import SPLITS, Region, Split


def block_regions(
    image: str, group: str, shape: tuple[int, int], config: SplitConfig, seed: int
) -> Iterator[Region]:
    """Yield strips train | guard | val | guard | test along the image's longer axis, in px.

    Val and test are as wide as the multiple of `block_px` nearest to their fraction of the axis, at
    least one block; train takes what is left. A seed named after the group says whether the order
    is reversed, so that test strips do not all lie on the same side of a microscope's field, but
    lie at the same position in all planes of a stack. A split whose fraction is 0 gets neither
    strip nor guard.

    Raises UserError where less than `block_px` would be left for training.
    """
    height, width = shape
    length = max(shape)
    widths = _widths(image, length, config)
    reverse = derive_seed(seed, "split", "blocks", group) % 2 == 1
    start = 0
    for split in SPLITS:
        if split not in widths:
            continue
        end = start + widths[split]
        low, high = (length - end, length - start) if reverse else (start, end)
        box = (low, 0, high, width) if height > width else (0, low, height, high)
        yield Region(image, split, *box, group=group)
        start = end + config.guard_px


def _widths(image: str, length: int, config: SplitConfig) -> dict[Split, int]:
    """Return the width of each strip in pixels, train first."""
    block = config.block_px
    fractions = {split: getattr(config.fractions, split) for split in SPLITS}
    used = [split for split in SPLITS if fractions[split] > 0]
    widths: dict[Split, int] = {
        split: block * max(1, round(fractions[split] * length / block))
        for split in used
        if split != "train"
    }
    guards = config.guard_px * (len(used) - 1)
    train = length - sum(widths.values()) - guards
    if "train" not in used:
        return widths
    if train < block:
        strips = ", ".join(f"{split} {width} px" for split, width in widths.items())
        raise UserError(
            f"split of image {image}",
            f"at least block_px = {block} px of its longer side for training",
            f"{max(train, 0)} px of {length} px, after {strips} and guards of {guards} px",
            "lower split.block_px or split.guard_px, or use larger images",
        )
    return {"train": train, **widths}
