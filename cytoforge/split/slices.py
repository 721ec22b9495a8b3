"""Blocks of neighbouring slices of one volume, for fewer volumes than splits.

Train, val and test alternate along the volume, or a split would have no legs and another no lungs.
It proves less than volumes of other patients do: all blocks show one body, and only the slices
differ. A guard of slices that belong to no split lies between two blocks: nothing is learned or
chosen by them, and a whole volume that is made has them too.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import permutations

from cytoforge.config.split import SplitConfig
from cytoforge.config.tiles import DatasetConfig
from cytoforge.errors import UserError
from cytoforge.images.samples import VOLUME, Sample
from cytoforge.seeds import derive_seed
from cytoforge.split.region import GUARD, SPLITS, Split
from cytoforge.split.regions import split_counts

BY = "slices"


def divide_slices(
    samples: Sequence[Sample], config: SplitConfig, seed: int, notices: list[str]
) -> tuple[Sample, ...]:
    """Return the images with the split of every slice (`split.by: slices`), guards with `guard`.

    Blocks are ordered by a hash of seed and volume. Volumes whose split the table says stay whole,
    and so does everything for any other `by`.

    notices : what each volume was divided into is added here

    Raises
    ------
    UserError : an image that is no slice, or a volume with too few of them
    """
    if config.by != BY:
        return tuple(samples)
    if flat := [one.name for one in samples if not one.columns.get(VOLUME)]:
        raise UserError(
            "split.by",
            "slices of volumes, as it is `slices`",
            f"{flat[0]}, an image of its own",
            "use `by: image` or `by: blocks`",
        )
    volumes: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        volumes[sample.columns[VOLUME]].append(sample)
    found: list[Sample] = []
    for name, slices in volumes.items():
        whole = all(one.split in SPLITS for one in slices)
        found += slices if whole else _divided(name, slices, config, seed, notices)
    return tuple(found)


def without_guards(names: Iterable[str], samples: Mapping[str, Sample]) -> list[str]:
    """Return the images that are no guards: those of which tiles are cut."""
    return [name for name in names if samples[name].split != GUARD]


def pair_slices(
    samples: Sequence[Sample], datasets: Mapping[str, DatasetConfig]
) -> tuple[Sample, ...]:
    """Return the images with slices as the partners of slices, where rows name whole volumes: the
    twelfth of one is the partner of the twelfth of the other."""
    volumes = {one.stack for one in samples if one.columns.get(VOLUME)}
    columns = {dataset.pairs for dataset in datasets.values() if dataset.pairs}
    found = []
    for sample in samples:
        named = {c: sample.columns[c] for c in columns if sample.columns.get(c) in volumes}
        suffix = sample.name[len(sample.stack or sample.name) :]
        cells = {column: f"{volume}{suffix}" for column, volume in named.items()}
        found.append(replace(sample, columns=sample.columns | cells) if cells else sample)
    return tuple(found)


def _divided(
    volume: str, slices: Sequence[Sample], config: SplitConfig, seed: int, notices: list[str]
) -> list[Sample]:
    used: list[Split] = [split for split in SPLITS if getattr(config.fractions, split) > 0]
    rounds = _rounds(volume, len(slices), len(used), config)
    guards = config.guard_slices * (rounds * len(used) - 1)
    usable = len(slices) - guards
    orders = list(permutations(used))
    order = orders[derive_seed(seed, "slices", volume) % len(orders)]
    ordered = sorted(slices, key=lambda one: next(iter(one.plane.values())))
    found: list[Sample] = []
    for index in range(rounds):
        share = usable * (index + 1) // rounds - usable * index // rounds
        counts = split_counts(share, config.fractions)
        for split in order:
            part: list[str] = [split] * counts[split] + [GUARD] * config.guard_slices
            block = ordered[len(found) : len(found) + len(part)]
            found += [_kept(one, volume, home) for one, home in zip(block, part, strict=False)]
    words = ", ".join(f"{split} {sum(one.split == split for one in found)}" for split in used)
    notices.append(
        f"volume {volume} is divided by slices, {rounds} times over: {words}, and {guards} between"
        " them that belong to none. One body is in all splits: scores do not say how a model does"
        " on others"
    )
    return found


def _kept(one: Sample, volume: str, home: str) -> Sample:
    """Return a slice with its split, whose slices are kept together, and no longer the volume."""
    return replace(one, split=home, columns={**one.columns, "series": f"{volume}_{home}"})


def _rounds(volume: str, n_slices: int, n_splits: int, config: SplitConfig) -> int:
    """Return how often the splits alternate: as the config says, or as often as there is room."""
    for rounds in range(config.slice_rounds, 0, -1):
        blocks = rounds * n_splits
        needed = blocks + config.guard_slices * (blocks - 1)
        if needed <= n_slices:
            return rounds
    raise UserError(
        f"volume {volume}",
        f"at least {needed} slices: {n_splits} splits and {needed - n_splits} between them",
        str(n_slices),
        "lower split.guard_slices, or give the volume one split in column `split`",
    )


def learned_slices(
    config: SplitConfig, samples: Iterable[Sample], volume: str, train: Iterable[str]
) -> list[int] | None:
    """Return the slices of a divided volume whose percentiles are taken: those of training.

    None: all of them, as of any image that lies in one split.

    train : names of the images in the training split
    """
    if config.by != BY:
        return None
    names = set(train)
    of_volume = [one for one in samples if one.stack == volume and one.name in names]
    return sorted(number for one in of_volume for number in one.plane.values())
