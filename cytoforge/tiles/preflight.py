"""Check the classes of a tile data set before hours of training go into it."""

from collections.abc import Mapping, Sequence
from typing import Any

from cytoforge.split.region import SPLITS


def preflight(info: Mapping[str, Any]) -> list[str]:
    """Return warnings about codes that the training tiles cannot teach.

    Parameters
    ----------
    info : dataset.json; `class_pixels` counts the pixels of each code in each split

    Returns
    -------
    One sentence per problem: a code seen in val or test but never in training (the generator
    cannot know what it looks like), then a code that occurs nowhere (its input channel is never
    used).
    """
    names = [f"{code['code']} ({code['name']})" for code in info["codes"]]
    counts: dict[str, list[int]] = {split: info["class_pixels"][split] for split in SPLITS}
    unseen, nowhere = [], []
    for index, name in enumerate(names):
        later = [split for split in ("val", "test") if counts[split][index]]
        if counts["train"][index]:
            continue
        if later:
            unseen.append(_unseen(name, later, counts, index))
        else:
            nowhere.append(f"code {name} occurs in no tile")
    return unseen + nowhere


def _unseen(name: str, later: Sequence[str], counts: dict[str, list[int]], index: int) -> str:
    where = " and ".join(f"{counts[split][index]} {split} pixels" for split in later)
    return f"code {name} is in {where} but in no training tile"
