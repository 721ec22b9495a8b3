"""What must go together where a trained model draws the label maps of a set."""

from collections.abc import Iterator, Mapping

from cytoforge.config.model import Config
from cytoforge.config.task import MAPS, task_of
from cytoforge.config.training import TrainingConfig


def drawing_problems(config: Config, training: Mapping[str, TrainingConfig]) -> Iterator[str]:
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
            yield (
                f"sets.{name}.size_px: {block.maps_by!r} draws the squares that it has learnt, of"
                f" {side} px; leave the key out, or train it on larger tiles"
            )
