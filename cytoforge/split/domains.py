"""Which images are of which domain, and which two show the same field, from samples.tsv alone."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cytoforge.config.base import nearest
from cytoforge.config.split import SplitConfig
from cytoforge.config.tiles import DatasetConfig
from cytoforge.errors import UserError
from cytoforge.images.header_size import header_size
from cytoforge.images.samples import MAX_PROBLEMS, Sample
from cytoforge.seeds import derive_seed
from cytoforge.split.parts import count_of, has_cells, unknown_cells
from cytoforge.split.region import SPLITS, Split
from cytoforge.split.slices import without_guards

Samples = Mapping[str, Sample]
SplitImages = Mapping[Split, Collection[str]]


@dataclass(frozen=True)
class DomainImages:
    """The images of a data set of two domains.

    Attributes
    ----------
    of : names by domain, the first domain first; of paired domains both in the order of the pairs
    paired : whether the k-th image of both shows the same field
    """

    of: dict[str, list[str]] = field(default_factory=dict)
    paired: bool = False

    @property
    def pairs(self) -> dict[str, str]:
        """The image of the second domain by that of the first, where they are paired."""
        one, other = self.of.values()
        return dict(zip(one, other, strict=True)) if self.paired else {}


def join_pairs(samples: Samples, datasets: Mapping[str, DatasetConfig]) -> dict[str, Sample]:
    """Return samples in which both images of a pair have one source: they share a split, and where
    images are cut, their strips. A series that the user names stays."""
    joined = dict(samples)
    for dataset in datasets.values():
        for name, sample in samples.items():
            other = sample.columns.get(dataset.pairs or "", "")
            if dataset.domains is None or other not in samples or other == name:
                continue
            source = samples[min(name, other)].source
            for one in (name, other):
                if not samples[one].columns.get("series"):
                    columns = {**joined[one].columns, "series": source}
                    joined[one] = replace(joined[one], columns=columns)
    return joined


def check_domains(
    datasets: Mapping[str, DatasetConfig], samples: Samples, splits: SplitImages, split: SplitConfig
) -> None:
    """Raise UserError, with all problems at once, for domains that the table does not have, images
    of both, a split without images of one, and pairs that are none."""
    splits = _quick(splits)
    problems = [
        line
        for name, dataset in datasets.items()
        if dataset.domains is not None
        for line in _problems(f"datasets.{name}", dataset, samples, splits, split)
    ]
    if problems:
        more = [f"and {len(problems) - MAX_PROBLEMS} more"] * (len(problems) > MAX_PROBLEMS)
        raise UserError(
            "config and the table of images",
            "images of both domains in every split, and partners for pairs",
            "\n    - ".join([count_of(problems), *problems[:MAX_PROBLEMS], *more]),
            "correct the columns and values of `domains`, or the table's",
        )


def images_of_domains(
    name: str, dataset: DatasetConfig, samples: Samples, splits: SplitImages, seed: int
) -> DomainImages:
    """Return the images of a data set's domains that are in a split, of `share` below 1 those that
    are drawn.

    Images (or pairs) of each domain that are in the same splits are ranked by a hash of seed and
    name, and at least one stays: a part that is drawn leaves no split empty.
    """
    members, splits = domain_members(dataset, samples), _quick(splits)
    found = {domain: without_guards(names, samples) for domain, names in members.items()}
    one, other = found.values()
    if dataset.pairs is None:
        drawn = {d: _drawn(names, splits, dataset.share, seed, name) for d, names in found.items()}
        return DomainImages(drawn)
    partner = _partners(dataset.pairs, one, other, samples)
    kept = _drawn(one, splits, dataset.share, seed, name)
    first, second = found
    return DomainImages({first: kept, second: [partner[image] for image in kept]}, paired=True)


def _quick(splits: SplitImages) -> SplitImages:
    """Return names that can be looked up: ten thousand of them are."""
    return {part: frozenset(names) for part, names in splits.items()}


def domain_members(dataset: DatasetConfig, samples: Samples) -> dict[str, list[str]]:
    """Return the images of each domain, all of them."""
    return {
        domain: [name for name, sample in samples.items() if has_cells(sample.columns, cells)]
        for domain, cells in (dataset.domains or {}).items()
    }


def _drawn(
    names: Sequence[str], splits: SplitImages, share: float, seed: int, dataset: str
) -> list[str]:
    if share == 1:
        return list(names)
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        groups.setdefault(tuple(s for s in SPLITS if name in splits[s]), []).append(name)
    kept: set[str] = set()
    for group in groups.values():
        ranked = sorted(group, key=lambda name: derive_seed(seed, "share", dataset, name))
        kept |= set(ranked[: max(1, round(share * len(group)))])
    return [name for name in names if name in kept]


def _partners(
    column: str, one: Sequence[str], other: Sequence[str], samples: Samples
) -> dict[str, str]:
    """Return partners of the first domain's images; rows of either may name the other."""
    partner = {name: samples[name].columns.get(column, "").strip() for name in one}
    for name in other:
        named = samples[name].columns.get(column, "").strip()
        if named in partner:
            partner[named] = partner[named] or name
    return {name: mate for name, mate in partner.items() if mate}


def _problems(
    where: str, dataset: DatasetConfig, samples: Samples, splits: SplitImages, split: SplitConfig
) -> Iterator[str]:
    unknown = list(_unknown(where, dataset, samples.values()))
    yield from unknown
    if unknown:
        return
    found = domain_members(dataset, samples)
    one, other = found.values()
    if both := sorted(set(one) & set(other)):
        yield f"{where}.domains: image {both[0]} is of both ({' and '.join(found)})"
    for domain, names in found.items():
        used = [part for part in SPLITS if getattr(split.fractions, part) > 0]
        without = [part for part in used if not set(names) & set(splits[part])]
        if names and without:
            columns = ", ".join(dataset.domains[domain]) if dataset.domains else ""
            yield (
                f"{where}.domains.{domain}: no image in {' and '.join(without)}; set split.within"
                f" to the column of the domains ({columns}), or `blocks` in column `split` for an"
                " image that is the only one"
            )
    if dataset.pairs is not None:
        yield from _wrong_pairs(f"{where}.pairs", dataset.pairs, one, other, samples, splits)


def _unknown(where: str, dataset: DatasetConfig, samples: Iterable[Sample]) -> Iterator[str]:
    """Name columns and values that no row has, with the nearest that one has."""
    rows = [sample.columns for sample in samples]
    known = {column for row in rows for column in row}
    if dataset.pairs is not None and dataset.pairs not in known:
        hint = nearest(dataset.pairs, sorted(known))
        yield f"{where}.pairs: no column {dataset.pairs!r} in samples.tsv{hint}"
    for domain, cells in (dataset.domains or {}).items():
        yield from unknown_cells(f"{where}.domains.{domain}", cells, rows)


def _wrong_pairs(
    where: str,
    column: str,
    one: Sequence[str],
    other: Sequence[str],
    samples: Samples,
    splits: SplitImages,
) -> Iterator[str]:
    partner = _partners(column, one, other, samples)
    taken: dict[str, str] = {}
    others, mates = frozenset(other), frozenset(partner.values())
    for name in one:
        mate = partner.get(name)
        if mate is None:
            yield f"{where}: image {name} has no partner in column {column!r}"
        elif mate not in others:
            yield f"{where}: {mate!r}, the partner of {name}, is no image of the other domain" + (
                nearest(mate, other)
            )
        elif (named := samples[mate].columns.get(column, "").strip()) not in ("", name):
            yield f"{where}: {mate} is the partner of {name}, and names {named}"
        elif taken.setdefault(mate, name) != name:
            yield f"{where}: {mate} is the partner of both {taken[mate]} and {name}"
        else:
            yield from _unlike(where, name, mate, samples, splits)
    if alone := [mate for mate in other if mate not in mates]:
        yield f"{where}: image {alone[0]} is nobody's partner"


def _unlike(
    where: str, name: str, mate: str, samples: Samples, splits: SplitImages
) -> Iterator[str]:
    """Name a pair of two sizes, or in two splits."""
    sizes = [header_size(next(iter(samples[n].files.values()))) for n in (name, mate)]
    if None not in sizes and sizes[0] != sizes[1]:
        found = " and ".join(f"{s[0]} × {s[1]} px" for s in sizes if s)
        yield f"{where}: {name} and {mate} differ in size ({found})"
    lie = [" and ".join(s for s in SPLITS if n in splits[s]) or "none" for n in (name, mate)]
    if lie[0] != lie[1]:
        yield (
            f"{where}: {name} is in {lie[0]}, its partner {mate} in {lie[1]}; give both one"
            " value in the column that `split.by` names, and in column `split`"
        )
