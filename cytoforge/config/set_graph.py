"""Which sets there are, what each is made of, and that no name leads back to itself."""

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from cytoforge.config.instances import models_used
from cytoforge.config.map_set_problems import problems_of_drawn
from cytoforge.config.map_sources import is_map_source, map_source_names
from cytoforge.config.model import Config
from cytoforge.config.problem import Keys, Problem, no_block
from cytoforge.config.sets import REAL, SetConfig
from cytoforge.config.spot_sets import problems_of_spots, segmentation_of_spots
from cytoforge.config.task import MAPS, TRANSLATION
from cytoforge.jobs.user_path import look_at

Makes = Mapping[str, str]
"""What each model makes, by its name: `image`, `translation`, `label_map`, `maps` from nothing, or
`instances`, which segmentations use and which no set is made of."""
_KEYS = {
    "maps_by": MAPS,
    "images_by": "image",
    "labels_by": "label_map",
    "translated_by": TRANSLATION,
}


def all_sets(config: Config, makes: Makes) -> dict[str, SetConfig]:
    """Return the sets of the config and, under the name of each model, what it makes of the test
    images: images of their label maps, label maps of the images, or those of the first domain as
    images of the second where no set of the config translates by it. What draws label maps from
    nothing makes none of them."""
    made = {}
    translators = {block.translated_by for block in config.sets.values()}
    for name, output in makes.items():
        if output == "image":
            made[name] = SetConfig(images_by=name, maps=REAL, split="test")
        elif output == "label_map":
            made[name] = SetConfig(labels_by=name, images=REAL, split="test")
        elif output == MAPS or name in translators:
            continue
        elif domains := config.datasets[config.models[name].dataset].domains:
            ends = dict(zip(("from", "to"), domains, strict=True))
            made[name] = SetConfig.model_validate({"translated_by": name, "split": "test", **ends})
    return {**made, **config.sets}


def leaves(sets: Mapping[str, SetConfig], name: str) -> list[str]:
    """Return the sets that a set unites, each once; a set that unites none is its own."""
    if name == REAL or not sets[name].union:
        return [name]
    return list(dict.fromkeys(leaf for part in sets[name].union for leaf in leaves(sets, part)))


def folder_of_maps(sets: Mapping[str, SetConfig], name: str) -> str | None:
    """Return the folder of label maps that a set is made of, None where they are another set's."""
    maps = sets[name].maps
    return None if maps is None or maps == REAL or maps in sets else maps


def reference_of_maps(config: Config, sets: Mapping[str, SetConfig], name: str) -> str | None:
    """Return the reference whose codes a set's own label maps have; None where it has none that
    are made. A sum has those of its first set."""
    if name != REAL and sets[name].sum:
        return reference_of_maps(config, sets, sets[name].sum[0])
    if name != REAL and (spots := sets[name].spots):
        return spots.reference
    dataset = None if name == REAL else dataset_behind(config, sets[name])
    return None if dataset is None else config.datasets[dataset].reference


def dataset_behind(config: Config, block: SetConfig) -> str | None:
    """Return the data set whose codes the images of a set have: that of `like`, or of its model."""
    return block.like or (config.models[block.model].dataset if block.model else None)


def set_problems(config: Config, makes: Makes) -> list[Problem]:
    """Return every problem of the sets, with its path."""
    problems = [_taken("sets", name) for name in config.sets if name in (REAL, *config.models)]
    # What a model makes of the test images is a set of its name.
    problems += [_taken("models", name) for name in config.models if name == REAL]
    for name, block in config.sets.items():
        problems += _of_models(config, name, block, makes)
        problems += problems_of_drawn(config, name, block)
        problems += _of_sets(name, block, _known(config, makes))
    known = _known(config, makes)
    problems += [
        no_block(
            ("datasets", name, "set"),
            f"no set {block.set!r} (there: {', '.join(sorted(known))})",
            block.set,
            known,
        )
        for name, block in config.datasets.items()
        if block.set not in known
    ]
    problems = problems or _loops(config, makes)
    if problems:
        return problems
    sets = all_sets(config, makes)
    problems += _of_maps(config, sets)
    problems += problems_of_spots(config, sets)
    return problems or list(_of_datasets(config, makes))


def _taken(section: str, name: str) -> Problem:
    whose = "the set of samples.tsv" if name == REAL else "what the model makes of the test images"
    return Problem((section, name), f"the name is that of {whose}; choose another one")


def _of_models(config: Config, name: str, block: SetConfig, makes: Makes) -> Iterator[Problem]:
    for key, output in _KEYS.items():
        model, path = getattr(block, key), ("sets", name, key)
        if model is None or (key == "maps_by" and is_map_source(model)):
            continue
        if model not in config.models:
            sources = map_source_names() if key == "maps_by" else ()
            also = f"no source of label maps {model!r} ({', '.join(sources)}), and " * bool(sources)
            yield no_block(
                path,
                f"{also}no block {model!r} in `models` (there: {', '.join(config.models)})",
                model,
                [*sources, *config.models],
            )
        elif makes[model] == "instances":
            yield Problem(
                path,
                f"model {model!r} makes instance labels; use it in a segmentation (`method:"
                f" trained, model: {model}`)",
            )
        elif makes[model] != output:
            other = next(own for own, made in _KEYS.items() if made == makes[model])
            yield Problem(path, f"the task of model {model!r} is another one; use `{other}`")


def _known(config: Config, makes: Makes) -> set[str]:
    """Return the names of all sets."""
    return {REAL, *all_sets(config, makes)}


def _of_sets(name: str, block: SetConfig, known: Collection[str]) -> Iterator[Problem]:
    named = {"images": [block.images], "union": block.union, "sum": block.sum}
    for key, targets in named.items():
        for target in targets:
            if target not in known:
                message = f"no set {target!r} (there: {', '.join(sorted(known))})"
                yield no_block(("sets", name, key), message, target, known)
    maps = block.maps
    if maps is None or maps in known or "/" in maps or look_at(maps).kind == "folder":
        return
    message = f"neither a set nor a folder {maps!r} (sets: {', '.join(sorted(known))})"
    yield no_block(("sets", name, "maps"), message, maps, known)


def _of_maps(config: Config, sets: Mapping[str, SetConfig]) -> Iterator[Problem]:
    """Name sets whose label maps or images are not what the model takes."""
    for name, block in config.sets.items():
        source = block.maps if block.images_by else block.images if block.model else None
        if source is None or source == REAL or source not in sets:
            continue
        key = "maps" if block.images_by else "images"
        path = ("sets", name, key)
        if sets[source].union:
            yield Problem(path, f"{source!r} is a union; name the sets that it unites")
        elif key == "images" and not sets[source].has_images:
            yield Problem(path, f"set {source!r} has label maps and no images")
        elif key == "maps":
            wanted, found = (reference_of_maps(config, sets, one) for one in (name, source))
            if found is not None and found != wanted:
                yield Problem(
                    path,
                    f"the label maps of {source!r} have the codes of reference {found!r}, but"
                    f" {block.images_by!r} was trained with {wanted!r}",
                )


def _of_datasets(config: Config, makes: Makes) -> Iterator[Problem]:
    """Name data sets of sets without images, or without the label map that is asked for."""
    sets = all_sets(config, makes)
    for name, block in config.datasets.items():
        for leaf in leaves(sets, block.set):
            if leaf != REAL and not sets[leaf].has_images:
                message = f"set {leaf!r} has label maps and no images"
                yield Problem(("datasets", name, "set"), message)
                continue
            found = None if leaf == REAL else reference_of_maps(config, sets, leaf)
            if leaf != REAL and block.reference in config.own_maps and found != block.reference:
                yield Problem(
                    ("datasets", name, "reference"),
                    f"{block.reference!r} is the user's own label map, which nothing can make of"
                    f" set {leaf!r} (it has {found or 'no label maps'})",
                )


def _loops(config: Config, makes: Makes) -> list[Problem]:
    """Name the first loop of names: a set needs a model, that a data set, and that the set."""
    try:
        TopologicalSorter(_needs(config, all_sets(config, makes))).prepare()
    except CycleError as error:
        chain: list[tuple[str, str]] = error.args[1][::-1]
        shown = " needs ".join(map(".".join, chain))
        return [Problem(chain[0], shown, "a loop of names, of which nothing can be made first")]
    return []


def _needs(config: Config, sets: Mapping[str, SetConfig]) -> dict[Keys, set[Keys]]:
    """Return the blocks that each block needs, by their paths."""
    graph: dict[Keys, set[Keys]] = {}
    for name, model in models_used(config).items():
        graph["segmentations", name] = {("models", model)}
    for name, reference in config.rendered.items():
        graph["references", name] = {("segmentations", reference.segmentation)}
    for name, dataset in config.datasets.items():
        graph["datasets", name] = {("sets", dataset.set)}
        if dataset.reference:
            graph["datasets", name].add(("references", dataset.reference))
    for name, one in config.models.items():
        graph["models", name] = {("datasets", one.dataset)}
    for name, block in sets.items():
        graph["sets", name] = set(_needed_by_set(config, sets, block))
    return graph


def _needed_by_set(
    config: Config, sets: Mapping[str, SetConfig], block: SetConfig
) -> Iterator[Keys]:
    if block.map_source:
        yield "datasets", str(block.like)
        return
    images = None if block.images_by or block.spots or block.sum else block.images
    named = [block.maps, images, *block.union, *block.sum]
    yield from (("sets", target) for target in named if target is not None and target in sets)
    if block.spots and block.maps == REAL and (behind := segmentation_of_spots(config, block)):
        yield "segmentations", behind
    if block.model:
        yield "models", block.model
