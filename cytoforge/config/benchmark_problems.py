"""Which objects a benchmark compares, and what cannot be compared: found before any job."""

from collections.abc import Iterable, Iterator, Mapping

from cytoforge.config.benchmarks import EXACT, BenchmarkConfig
from cytoforge.config.model import Config
from cytoforge.config.objects import CELLS_AND_NUCLEI
from cytoforge.config.problem import Keys, Problem, no_block, wrong_name
from cytoforge.config.references import ReferenceConfig
from cytoforge.config.set_graph import reference_of_maps
from cytoforge.config.sets import REAL, SetConfig

Sets = Mapping[str, SetConfig]


def benchmark_problems(config: Config, sets: Sets) -> list[Problem]:
    """Return every problem of the benchmarks, with its path.

    sets : all sets, those of models too (`all_sets`)
    """
    problems: list[Problem] = []
    for name, block in config.benchmarks.items():
        where = ("benchmarks", name)
        found = [*_of_set(where, block, sets), *_of_segmentations(where, block, config, sets)]
        found += [] if found else _of_truth(where, block, config, sets)
        found += _of_classes(where, block, config)
        problems += found or _of_objects(where, block, config, sets)
    return problems


def compared_objects(config: Config, sets: Sets, block: BenchmarkConfig) -> tuple[str, ...]:
    """Return the types of objects that a benchmark compares, in their order."""
    if block.objects is not None:
        return block.objects
    true = objects_of_truth(config, sets, block)
    anyone = {name for one in block.segmentations for name in _instances(config, one)}
    told = [one for one in block.outside.values() if isinstance(one, dict)]
    anyone |= {name for one in told for name in one}
    if len(told) < len(block.outside):  # a folder may hold any of them
        anyone |= set(true)
    return tuple(name for name in CELLS_AND_NUCLEI if name in true and name in anyone)


def segmentation_behind_set(config: Config, sets: Sets, name: str) -> str | None:
    """Return the segmentation that says which objects a set's label maps are of; None where their
    reference is the user's own and names none."""
    reference = reference_of_maps(config, sets, name)
    behind = config.references[reference] if reference is not None else None
    if isinstance(behind, ReferenceConfig):
        return behind.segmentation
    return None if behind is None else behind.instances


def made_of_real(sets: Sets, name: str) -> bool:
    """Return whether each image of a set was made of one of samples.tsv, or is one."""
    if name == REAL:
        return True
    block = sets[name]
    source = block.maps if block.images_by else block.images if block.model else None
    if block.maps_by or source is None:
        return False
    return source == REAL or (source in sets and made_of_real(sets, source))


def objects_of_truth(config: Config, sets: Sets, block: BenchmarkConfig) -> tuple[str, ...]:
    """Return the types of objects that are known to be true."""
    if block.truth != EXACT:
        return _instances(config, block.truth)
    behind = segmentation_behind_set(config, sets, block.set)
    return () if behind is None else _instances(config, behind)


def _instances(config: Config, segmentation: str) -> tuple[str, ...]:
    objects = config.segmentations[segmentation].objects
    return tuple(name for name, described in objects.items() if described.kind == "instances")


def _of_set(where: Keys, block: BenchmarkConfig, sets: Sets) -> Iterator[Problem]:
    known, path = [REAL, *sets], (*where, "set")
    if block.set not in known:
        message = f"no set {block.set!r} (there: {', '.join(known)})"
        yield no_block(path, message, block.set, known)
    elif block.set != REAL and sets[block.set].union:
        yield Problem(path, f"{block.set!r} is a union; one benchmark per set that it unites")
    elif block.set != REAL and not sets[block.set].has_images:
        yield Problem(path, f"set {block.set!r} has label maps and no images")


def _of_segmentations(
    where: Keys, block: BenchmarkConfig, config: Config, sets: Sets
) -> Iterator[Problem]:
    there, path = config.segmentations, (*where, "segmentations")
    for name in block.segmentations:
        if name not in there:
            message = f"no block {name!r} in `segmentations` (there: {', '.join(there)})"
            yield no_block(path, message, name, there)
        elif name == block.truth:
            message = f"{name!r} is the truth; it would agree with itself"
            yield Problem(path, message, found=name)
        elif there[name].method == "labels" and block.set != REAL:
            yield Problem(
                path,
                f"{name!r} reads label images of samples.tsv and cannot segment the set"
                f" {block.set!r}",
                found=name,
            )


def _of_truth(where: Keys, block: BenchmarkConfig, config: Config, sets: Sets) -> Iterator[Problem]:
    there, path = config.segmentations, (*where, "truth")
    if block.truth != EXACT:
        if block.truth not in there:
            yield no_block(
                path,
                f"neither `exact` nor a block {block.truth!r} in `segmentations`"
                f" (there: {', '.join(there)})",
                block.truth,
                [EXACT, *there],
            )
        elif not made_of_real(sets, block.set):
            yield Problem(
                path,
                f"{block.truth!r} is of real images, and {block.set!r} is made of none; leave the"
                " key out (`exact`)",
            )
    elif block.set == REAL:
        yield Problem(
            path,
            "real images have no exact truth; name the segmentation that is right, e.g. one of"
            f" `method: labels` (there: {', '.join(there)})",
        )
    elif reason := _no_exact_truth(config, sets, block.set):
        yield Problem(path, reason)


def _of_classes(where: Keys, block: BenchmarkConfig, config: Config) -> Iterator[Problem]:
    path = (*where, "classes")
    if block.classes is None:
        return
    if block.classes not in config.own_maps:
        known = list(config.own_maps)
        message = (
            f"{block.classes!r} is no reference of label maps that you have, with `column` (there:"
            f" {_listed(known)})"
        )
        yield wrong_name(path, message, block.classes, known)
    elif block.set != REAL:
        yield Problem(path, f"are known of `real`, and the benchmark is of {block.set!r}")


def _no_exact_truth(config: Config, sets: Sets, name: str) -> str:
    """Return why nobody knows the objects that a set's images were made of; "" where one does."""
    block, maps = sets[name], sets.get(sets[name].maps or "")
    if block.images_by is None:
        return f"no objects were given to what made {name!r}; name a segmentation of its sources"
    if block.maps != REAL and (maps is None or not maps.maps_by):
        whose = "predicted" if maps else "the user's own, without a file of their objects"
        return f"the label maps of {name!r} are {whose}; take a set of drawn or of real ones"
    if segmentation_behind_set(config, sets, name) is None:
        return (
            f"the label maps of {name!r} are the user's own, without a segmentation of their"
            " objects (`references.*.instances`)"
        )
    return ""


def _of_objects(
    where: Keys, block: BenchmarkConfig, config: Config, sets: Sets
) -> Iterator[Problem]:
    true = objects_of_truth(config, sets, block)
    unknown = [name for name in block.objects or () if name not in true]
    for name in unknown:
        message = f"the truth {block.truth!r} has no {name!r} (there: {_listed(true)})"
        yield wrong_name((*where, "objects"), message, name, true)
    if unknown:
        return
    wanted = compared_objects(config, sets, block)
    if not wanted:
        message = f"nobody finds what the truth has ({_listed(true)})"
        yield Problem((*where, "objects"), message)
    for name in block.segmentations:
        found = _instances(config, name)
        if wanted and not set(found) & set(wanted):
            yield Problem(
                (*where, "segmentations"),
                f"{name!r} finds {_listed(found)} and none of {_listed(wanted)}; leave it out, or"
                " name other `objects`",
                found=name,
            )
    yield from _of_outside(where, block, wanted)


def _of_outside(where: Keys, block: BenchmarkConfig, wanted: Iterable[str]) -> Iterator[Problem]:
    for tool, folders in block.outside.items():
        for name in folders if isinstance(folders, dict) else ():
            if name not in wanted:
                message = f"{name!r} is not compared (compared: {_listed(wanted)})"
                yield wrong_name((*where, "outside", tool), message, name, wanted)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"
