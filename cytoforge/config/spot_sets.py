"""Sets of spots and sums of sets: what they are made of, and what cannot be."""

from collections.abc import Iterator, Mapping

from cytoforge.config.model import Config
from cytoforge.config.own_maps import OwnMapConfig
from cytoforge.config.problem import Problem, no_block, wrong_name
from cytoforge.config.sets import REAL, SetConfig

Sets = Mapping[str, SetConfig]
SPOTS = "spots"
"""Objects that segmentation method `spots` finds, and the region of their label maps."""


def maps_behind(sets: Sets, name: str) -> tuple[str, str]:
    """Return the set that the images of a set are laid out by: one of label maps, `real` with its
    split, or a folder.

    Two sets of one layout can be added pixel by pixel. A loop of names ends in its first name.
    """
    split, seen = "all", set[str]()
    while name in sets and name not in seen:
        seen.add(name)
        block = sets[name]
        split = block.split
        if block.sum:
            name = block.sum[0]
        elif block.images_by or block.spots:
            name = block.maps or name
        elif block.labels_by or block.translated_by:
            name = block.images
        else:
            return name, ""
    return name, split if name == REAL else ""


def spots_behind(sets: Sets, name: str) -> str | None:
    """Return the set whose spots are in the images of a set; None where there are none.

    Those are its own, those of one of the two sets that it adds, or those whose label maps a model
    has made images of.
    """
    return next(_spots_of(sets, name, set()), None)


def _spots_of(sets: Sets, name: str, seen: set[str]) -> Iterator[str]:
    block = sets.get(name)
    if block is None or name in seen:
        return
    seen.add(name)
    if block.spots:
        yield name
    for part in reversed(block.sum):
        yield from _spots_of(sets, part, seen)
    if block.images_by and block.maps:
        yield from _spots_of(sets, block.maps, seen)


def segmentation_of_spots(config: Config, block: SetConfig) -> str | None:
    """Return the segmentation whose objects the spots of `maps: real` lie in."""
    assert block.spots is not None
    only = next(iter(config.segmentations)) if len(config.segmentations) == 1 else None
    return block.spots.segmentation or only


def codes_of_spots(config: Config, reference: str | None) -> tuple[int, int] | None:
    """Return the codes of pixels without and with a spot in the maps of a reference; None where it
    has none for spots.

    Of own classes these are the first two. Where a table has no background, code 0 is it.
    """
    block = None if reference is None else config.references.get(reference)
    if block is None:
        return (0, 1) if reference is None else None
    if isinstance(block, OwnMapConfig):
        return (0, 1) if isinstance(block.classes, str) or len(block.classes) > 1 else None
    if isinstance(block.levels, int):
        return None
    regions = [level.region for level in block.levels]
    table = regions if regions[0] == "gap" else ["gap", *regions]
    if SPOTS not in table:
        return None
    return table.index("background") if "background" in table else 0, table.index(SPOTS)


def problems_of_spots(config: Config, sets: Sets) -> Iterator[Problem]:
    """Name what sets of spots and sums cannot be made of."""
    for name, block in config.sets.items():
        if block.spots:
            yield from _of_objects(config, sets, name, block)
            yield from _of_reference(config, name, block)
        if block.sum and all(part == REAL or part in sets for part in block.sum):
            yield from _of_sum(config, sets, name, block)
        if block.images_by:
            yield from _of_model(config, sets, name, block)
        if block.detections and spots_behind(sets, name) is None:
            message = "no spots are known in the images of this set"
            yield Problem(("sets", name, "detections"), message)


def _of_objects(config: Config, sets: Sets, name: str, block: SetConfig) -> Iterator[Problem]:
    assert block.spots is not None and block.maps is not None
    path, wanted = ("sets", name, "spots"), block.spots.planes
    there, segmentation = config.segmentations, block.spots.segmentation
    behind, _ = maps_behind(sets, block.maps)
    if behind == REAL:
        segmentation = segmentation_of_spots(config, block)
    elif behind not in sets or not sets[behind].maps_by:
        yield Problem(
            ("sets", name, "maps"),
            f"the objects of {block.maps!r} are not known; name a set with `maps_by`, one that is"
            " made of it, or `real`",
        )
        return
    elif segmentation is None or segmentation in there:
        # Drawn maps have the objects that they were drawn like, whatever is named here.
        segmentation = _drawn_like(config, sets[behind])
        if segmentation is None:
            return
    if segmentation is None or segmentation not in there:
        found = "" if segmentation is None else f"no block {segmentation!r} in `segmentations`; "
        yield no_block(
            (*path, "segmentation"),
            f"{found}name the one whose objects spots lie in (there: {', '.join(there) or 'none'})",
            segmentation or "",
            there,
        )
    elif unknown := [one for one in wanted if one not in there[segmentation].objects]:
        objects = there[segmentation].objects
        yield wrong_name(
            (*path, "objects"),
            f"segmentation {segmentation!r} finds no {unknown[0]!r} (there: {', '.join(objects)})",
            unknown[0],
            objects,
        )


def _drawn_like(config: Config, drawn: SetConfig) -> str | None:
    """Return the segmentation whose objects drawn maps have; None where none is behind them."""
    model = config.models.get(drawn.maps_by or "")
    dataset = config.datasets.get(drawn.like or (model.dataset if model else ""))
    reference = config.rendered.get((dataset and dataset.reference) or "")
    return reference.segmentation if reference else None


def _of_reference(config: Config, name: str, block: SetConfig) -> Iterator[Problem]:
    assert block.spots is not None
    reference, path = block.spots.reference, ("sets", name, "spots", "reference")
    if reference is not None and reference not in config.references:
        there = config.references
        message = f"no block {reference!r} in `references` (there: {', '.join(there)})"
        yield no_block(path, message, reference, there)
    elif codes_of_spots(config, reference) is None:
        yield Problem(
            path,
            f"{reference!r} has no level of region `{SPOTS}`; make it of a segmentation with"
            " `method: spots`, levels: [{name: background, region: background}, {name: spot,"
            " region: spots}]",
        )


def _of_model(config: Config, sets: Sets, name: str, block: SetConfig) -> Iterator[Problem]:
    """Name a model that was not trained on label maps of spots."""
    assert block.images_by is not None and block.maps is not None
    spots = sets[block.maps].spots if block.maps in sets else None
    model = config.models.get(block.images_by)
    if spots is None or model is None or model.dataset not in config.datasets:
        return
    wanted = config.datasets[model.dataset].reference
    if spots.reference is None:
        yield Problem(
            ("sets", name, "maps"),
            f"the label maps of {block.maps!r} have codes of their own; let"
            f" sets.{block.maps}.spots.reference be {wanted!r}, with which {block.images_by!r} was"
            " trained",
        )


def _of_sum(config: Config, sets: Sets, name: str, block: SetConfig) -> Iterator[Problem]:
    path, into = ("sets", name, "sum"), ("sets", name, "into")
    for part in block.sum:
        if part != REAL and sets[part].union:
            yield Problem(path, f"{part!r} is a union; name the sets that it unites")
        elif part != REAL and not sets[part].has_images:
            yield Problem(path, f"set {part!r} has label maps and no images")
    layouts = [maps_behind(sets, part)[0] for part in block.sum]
    if len(set(layouts)) > 1:
        yield Problem(
            path,
            f"{block.sum[0]!r} is made of the maps of {layouts[0]!r}, {block.sum[1]!r} of those of"
            f" {layouts[1]!r}; let both have the same `maps`",
        )
    second = sets.get(block.sum[1])
    if second and second.spots:
        channel = second.spots.channel
        for key in block.into:
            if key != channel:
                message = f"{block.sum[1]!r} has no channel {key!r} (there: {channel})"
                yield wrong_name(into, message, key, [channel])
    there = config.images.channels
    for target in block.into.values():
        if target not in there and not (set(block.sum) & sets.keys() - {block.sum[1]}):
            message = f"no channel {target!r} in images.channels (there: {', '.join(there)})"
            yield wrong_name(into, message, target, there)
