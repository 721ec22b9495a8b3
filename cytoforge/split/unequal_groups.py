"""Give groups of unequal size to the splits so that images come nearest to the fractions."""

from collections.abc import Sequence

from cytoforge.config.split import SplitFractions
from cytoforge.split.region import SPLITS, Split

# Sums that are looked at in all: a row each, a group and number of validation images. 20,000 take
# less than 0.1 s; 100 groups of 1 to 10 images need 9,000.
MOST_ROWS = 20_000


def nearest_assignment(sizes: Sequence[int], fractions: SplitFractions) -> list[Split]:
    """Return the split of each group, in the order of `sizes`.

    The numbers of images in the splits have the least sum of squared distances from the fractions
    of their total, and no split with a fraction is empty. Among equally near assignments the one is
    taken that gives the earliest groups to test, then to val. Of very many groups, the first go one
    at a time to the split that lacks most images, and only the others are chosen in this way.

    Parameters
    ----------
    sizes : images in each group, at least 1; at least as many groups as splits with a fraction

    >>> nearest_assignment([2, 1, 3, 2], SplitFractions(train=0.6, val=0.15, test=0.25))
    ['test', 'val', 'train', 'train']
    """
    total = sum(sizes)
    lacking = {split: getattr(fractions, split) * total for split in SPLITS}
    asked = {split for split in SPLITS if lacking[split] > 0}
    first: list[Split] = []
    largest = max(sizes)
    while (
        len(sizes) - len(first) > len(asked)
        and _rows(len(sizes) - len(first), largest, lacking) > MOST_ROWS
    ):
        split = max(asked, key=lambda one: (lacking[one], SPLITS.index(one)))
        lacking[split] -= sizes[len(first)]
        first.append(split)
    return first + _exact(sizes[len(first) :], lacking, asked - set(first))


def _rows(groups: int, largest: int, lacking: dict[Split, float]) -> int:
    return groups * (_most("val", largest, lacking) + 1)


def _most(split: Split, largest: int, lacking: dict[Split, float]) -> int:
    """Return a number of images that the nearest assignment does not exceed.

    Beyond it, moving any group to a split that lacks images would come nearer.
    """
    return max(0, int(lacking[split])) + largest


def _exact(sizes: Sequence[int], lacking: dict[Split, float], empty: set[Split]) -> list[Split]:
    """Return the nearest assignment by dynamic programming; `empty` are the splits to be filled.

    Bit t of sums[i][v] says whether the groups from i on can give v images to val and t to test,
    all others to train: sums[i][v] = sums[i+1][v] | sums[i+1][v - s] | sums[i+1][v] << s.
    """
    most_val, most_test = (_most(split, max(sizes), lacking) for split in ("val", "test"))
    kept = (1 << (most_test + 1)) - 1
    sums = [[1] + [0] * most_val]
    for size in reversed(sizes):
        after = sums[-1]
        sums.append(
            [
                (row | (row << size) | (after[val - size] if val >= size else 0)) & kept
                for val, row in enumerate(after)
            ]
        )
    sums.reverse()
    counts = {
        (val, test): _distance(val, test, sum(sizes), lacking)
        for val, row in enumerate(sums[0])
        for test in range(most_test + 1)
        if row >> test & 1
        and not any(
            split in empty and not count
            for split, count in zip(SPLITS, (sum(sizes) - val - test, val, test), strict=True)
        )
    }
    return _traced(sizes, sums, *min(counts, key=lambda pair: (counts[pair], pair)))


def _distance(val: int, test: int, total: int, lacking: dict[Split, float]) -> float:
    """Return the sum of squares; rounded, so that equal ones are equal on every machine."""
    found = {"train": total - val - test, "val": val, "test": test}
    return round(sum((found[split] - lacking[split]) ** 2 for split in SPLITS), 6)


def _traced(
    sizes: Sequence[int], sums: Sequence[Sequence[int]], val: int, test: int
) -> list[Split]:
    """Return the splits that add up to these numbers of images, the earliest groups in test."""
    chosen: list[Split] = []
    for size, after in zip(sizes, sums[1:], strict=True):
        if test >= size and after[val] >> (test - size) & 1:
            chosen.append("test")
            test -= size
        elif val >= size and after[val - size] >> test & 1:
            chosen.append("val")
            val -= size
        else:
            chosen.append("train")
    return chosen
