"""What must go together where a set's label maps are drawn from nothing."""

from collections.abc import Iterator, Mapping

from cytoforge.config.map_sources import source_problems
from cytoforge.config.model import Config
from cytoforge.config.objects import GAP
from cytoforge.config.problem import Keys, Problem, no_block
from cytoforge.config.sets import REAL, SetConfig
from cytoforge.config.task import MAPS, task_of
from cytoforge.config.training import TrainingConfig

# What `shapes` draws: objects of one kind, and at most one in each that shares its id.
_OUTLINES = "shapes"


def problems_of_drawn(config: Config, name: str, block: SetConfig) -> Iterator[Problem]:
    """Yield every problem of a set with `maps_by`, with its path; none of others."""
    if block.map_source:
        yield from source_problems(("sets", name, "source"), block.map_source, block.source)
        if block.maps_by in config.models:
            yield Problem(
                ("sets", name, "maps_by"),
                f"{block.maps_by!r} is a source of label maps, and a block in `models` too; rename"
                " the block",
            )
    if block.like is None:
        return
    where = ("sets", name, "like")
    dataset = config.datasets.get(block.like)
    if dataset is None:
        known = config.datasets
        message = f"no block {block.like!r} in `datasets` (there: {', '.join(known)})"
        yield no_block(where, message, block.like, known)
    elif dataset.reference is None:
        yield Problem(where, f"{block.like!r} has two domains and no label maps")
    elif dataset.set != REAL:
        yield Problem(
            where,
            f"{block.like!r} is cut from the set {dataset.set!r}; maps are drawn like those of real"
            " images",
        )
    elif block.map_source == _OUTLINES:
        yield from _not_outlined(config, where, dataset.reference)
    elif not block.map_source and block.maps_by in config.models:
        learned = config.datasets[config.models[block.maps_by].dataset].reference
        if learned != dataset.reference:
            yield Problem(
                where,
                f"{block.maps_by!r} has learned the codes of reference {learned!r}, not"
                f" {dataset.reference!r}",
            )


def _not_outlined(config: Config, where: Keys, reference: str) -> Iterator[Problem]:
    """Name label maps whose objects have no outlines to learn."""
    if reference in config.own_maps:
        yield Problem(
            where,
            f"{reference!r} is the user's own label map, whose classes are no outlines of cells;"
            " take `maps_by: perturbed`",
        )
    elif reference in config.rendered:
        segmentation = config.segmentations.get(config.rendered[reference].segmentation)
        objects = {} if segmentation is None else segmentation.objects
        apart = [n for n, o in objects.items() if o.kind == "instances" and o.within is None]
        inside = [n for n, o in objects.items() if o.kind == "instances" and o.within is not None]
        masks = [n for n, o in objects.items() if o.kind == "mask" and n != GAP]
        if len(apart) > 1 or len(inside) > 1 or masks:
            yield Problem(
                where,
                "`shapes` draws objects of one kind, what lies in them and a gap, and"
                f" {config.rendered[reference].segmentation!r} finds {', '.join(objects)}; take"
                " `maps_by: perturbed`",
            )


def drawing_problems(config: Config, training: Mapping[str, TrainingConfig]) -> Iterator[Problem]:
    """Yield every problem, with its path: sizes of maps that a model has not learnt.

    Parameters
    ----------
    training : training settings by model, of those that are right in themselves
    """
    for name, block in config.sets.items():
        settings = training.get(block.maps_by or "")
        if settings is None or block.size_px is None or task_of(settings).makes != MAPS:
            continue
        dataset = config.datasets.get(config.models[str(block.maps_by)].dataset)
        side = dataset and getattr(settings.for_tiles(dataset.tile_px), "size_px", None)
        if side and tuple(block.size_px) != (side, side):
            yield Problem(
                ("sets", name, "size_px"),
                f"{block.maps_by!r} draws the squares that it has learnt, of {side} px; leave the"
                " key out, or train it on larger tiles",
            )
