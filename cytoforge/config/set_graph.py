"""Which sets there are, what each is made of, and that no name leads back to itself."""

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from cytoforge.config.base import nearest
from cytoforge.config.instances import models_used
from cytoforge.config.map_set_problems import problems_of_drawn
from cytoforge.config.map_sources import is_map_source, map_source_names
from cytoforge.config.model import Config
from cytoforge.config.sets import REAL, SetConfig
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
    are made."""
    dataset = None if name == REAL else dataset_behind(config, sets[name])
    return None if dataset is None else config.datasets[dataset].reference


def dataset_behind(config: Config, block: SetConfig) -> str | None:
    """Return the data set whose codes the images of a set have: that of `like`, or of its model."""
    return block.like or (config.models[block.model].dataset if block.model else None)


def set_problems(config: Config, makes: Makes) -> list[str]:
    """Return every problem of the sets, with its path."""
    problems = [_taken(name) for name in config.sets if name == REAL or name in config.models]
    for name, block in config.sets.items():
        problems += _of_models(config, name, block, makes)
        problems += problems_of_drawn(config, name, block)
        problems += _of_sets(name, block, _known(config, makes))
    if not problems:
        problems += _of_maps(config, all_sets(config, makes))
    known = _known(config, makes)
    problems += [
        f"datasets.{name}.set: no set {block.set!r} (there: {', '.join(sorted(known))})"
        f"{nearest(block.set, known)}"
        for name, block in config.datasets.items()
        if block.set not in known
    ]
    return problems or _loops(config, makes) or list(_of_datasets(config, makes))


def _taken(name: str) -> str:
    whose = "the set of samples.tsv" if name == REAL else "what the model makes of the test images"
    return f"sets.{name}: the name is that of {whose}; choose another one"


def _of_models(config: Config, name: str, block: SetConfig, makes: Makes) -> Iterator[str]:
    for key, output in _KEYS.items():
        model = getattr(block, key)
        if model is None or (key == "maps_by" and is_map_source(model)):
            continue
        if model not in config.models:
            sources = map_source_names() if key == "maps_by" else ()
            also = f"no source of label maps {model!r} ({', '.join(sources)}), and " * bool(sources)
            yield (
                f"sets.{name}.{key}: {also}no block {model!r} in `models` (there:"
                f" {', '.join(config.models)}){nearest(model, [*sources, *config.models])}"
            )
        elif makes[model] == "instances":
            yield (
                f"sets.{name}.{key}: model {model!r} makes instance labels; use it in a"
                f" segmentation (`method: trained, model: {model}`)"
            )
        elif makes[model] != output:
            other = next(own for own, made in _KEYS.items() if made == makes[model])
            yield f"sets.{name}.{key}: the task of model {model!r} is another one; use `{other}`"


def _known(config: Config, makes: Makes) -> set[str]:
    """Return the names of all sets."""
    return {REAL, *all_sets(config, makes)}


def _of_sets(name: str, block: SetConfig, known: Collection[str]) -> Iterator[str]:
    for key, targets in (("images", [block.images]), ("union", block.union)):
        for target in targets:
            if target not in known:
                yield (
                    f"sets.{name}.{key}: no set {target!r} (there: {', '.join(sorted(known))})"
                    f"{nearest(target, known)}"
                )
    maps = block.maps
    if maps is None or maps in known or "/" in maps or look_at(maps).kind == "folder":
        return
    yield (
        f"sets.{name}.maps: neither a set nor a folder {maps!r}"
        f" (sets: {', '.join(sorted(known))}){nearest(maps, known)}"
    )


def _of_maps(config: Config, sets: Mapping[str, SetConfig]) -> Iterator[str]:
    """Name sets whose label maps or images are not what the model takes."""
    for name, block in config.sets.items():
        source = block.maps if block.images_by else block.images if block.model else None
        if source is None or source == REAL or source not in sets:
            continue
        key = "maps" if block.images_by else "images"
        if sets[source].union:
            yield f"sets.{name}.{key}: {source!r} is a union; name the sets that it unites"
        elif key == "images" and not sets[source].has_images:
            yield f"sets.{name}.images: set {source!r} has label maps and no images"
        elif key == "maps":
            wanted, found = (reference_of_maps(config, sets, one) for one in (name, source))
            if found is not None and found != wanted:
                yield (
                    f"sets.{name}.maps: the label maps of {source!r} have the codes of reference"
                    f" {found!r}, but {block.images_by!r} was trained with {wanted!r}"
                )


def _of_datasets(config: Config, makes: Makes) -> Iterator[str]:
    """Name data sets of sets without images, or without the label map that is asked for."""
    sets = all_sets(config, makes)
    for name, block in config.datasets.items():
        for leaf in leaves(sets, block.set):
            if leaf != REAL and not sets[leaf].has_images:
                yield f"datasets.{name}.set: set {leaf!r} has label maps and no images"
                continue
            found = None if leaf == REAL else reference_of_maps(config, sets, leaf)
            if leaf != REAL and block.reference in config.own_maps and found != block.reference:
                yield (
                    f"datasets.{name}.reference: {block.reference!r} is the user's own label map,"
                    f" which nothing can make of set {leaf!r} (it has {found or 'no label maps'})"
                )


def _loops(config: Config, makes: Makes) -> list[str]:
    """Name the first loop of names: a set needs a model, that a data set, and that the set."""
    sets, references = all_sets(config, makes), config.rendered.items()
    graph: dict[str, set[str]] = {
        **{f"segmentations.{n}": {f"models.{m}"} for n, m in models_used(config).items()},
        **{f"references.{n}": {f"segmentations.{r.segmentation}"} for n, r in references},
        **{
            f"datasets.{n}": {f"sets.{d.set}", *([f"references.{d.reference}"] * bool(d.reference))}
            for n, d in config.datasets.items()
        },
        **{f"models.{n}": {f"datasets.{m.dataset}"} for n, m in config.models.items()},
    }
    for name, block in sets.items():
        if block.map_source:
            graph[f"sets.{name}"] = {f"datasets.{block.like}"}
            continue
        named = [block.maps, None if block.images_by else block.images, *block.union]
        graph[f"sets.{name}"] = {f"sets.{target}" for target in named if target in sets}
        graph[f"sets.{name}"] |= {f"models.{block.model}"} if block.model else set()
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        chain = " needs ".join(reversed(error.args[1]))
        return [f"a loop of names, of which nothing can be made first: {chain}"]
    return []
