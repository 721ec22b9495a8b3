"""Which models see label slices around a slice, and whether all that they need is there."""

from collections.abc import Collection, Mapping

from cytoforge.config.model import Config
from cytoforge.config.sets import SetConfig
from cytoforge.config.task import task_of
from cytoforge.config.training import TrainingConfig
from cytoforge.errors import UserError
from cytoforge.images.any_volume import is_any_volume
from cytoforge.images.samples import Sample


def with_neighbours(
    trainings: Mapping[str, TrainingConfig], config: Config
) -> dict[str, TrainingConfig]:
    """Return training settings by model with the neighbours of their data sets: of models that make
    images of label maps, others see none.

    Raises UserError for a number that is given in the training settings and is another one.
    """
    found = {}
    for name, training in trainings.items():
        dataset = config.models[name].dataset
        wanted = config.datasets[dataset].neighbours if sees_maps(training) else 0
        if training.neighbours not in (0, wanted):
            raise UserError(
                f"models.{name}.training.neighbours",
                f"that of its data set, {wanted}",
                str(training.neighbours),
                f"set datasets.{dataset}.neighbours, and leave it out here",
            )
        found[name] = training.model_copy(update={"neighbours": wanted})
    return found


def sees_maps(training: TrainingConfig) -> bool:
    """Return whether a model makes images of label maps."""
    task = task_of(training)
    return task.output == "image" and "labels" in task.inputs


def check_neighbours(
    config: Config,
    trainings: Mapping[str, TrainingConfig],
    sets: Mapping[str, SetConfig],
    samples: Mapping[str, Sample],
    own_maps: Mapping[str, Collection[str]],
) -> None:
    """Raise UserError, with all problems at once, where neighbours are asked for and label maps are
    no slices of label volumes.

    own_maps : the user's label maps of sets that take them from a folder, by set
    """
    problems: list[str] = []
    for name, dataset in config.datasets.items():
        if not dataset.neighbours:
            continue
        reference = config.own_maps.get(str(dataset.reference))
        if dataset.set != "real" or reference is None:
            problems.append(f"datasets.{name}.neighbours: its label maps are no column of volumes")
            continue
        flat = [n for n, s in samples.items() if not _in_volume(s, reference.column)]
        if flat:
            cell = f"column `{reference.column}` of {flat[0]}"
            problems.append(f"datasets.{name}.neighbours: {cell} names no label volume")
    for name, block in sets.items():
        if not block.images_by or not trainings[block.images_by].neighbours:
            continue
        maps = own_maps.get(name) or own_maps.get(block.maps or "") or ()
        if block.maps != "real" and not (maps and all(map(is_any_volume, maps))):
            model = block.images_by
            problems.append(
                f"sets.{name}.maps: {model} sees label slices around, {block.maps} has none"
            )
    if problems:
        raise UserError(
            "config",
            "label volumes, of whose slices each has neighbours",
            "\n    - ".join(["", *problems]),
            "give label volumes, or leave `neighbours` out",
        )


def _in_volume(sample: Sample, column: str) -> bool:
    return bool(sample.plane) and is_any_volume(sample.columns.get(column, ""))
