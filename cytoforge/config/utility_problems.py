"""What must go together in a block of `utility`, and what follows from what it names."""

from collections.abc import Iterator, Mapping

from cytoforge.config.model import Config
from cytoforge.config.models import ModelConfig
from cytoforge.config.problem import Keys, Problem, no_block
from cytoforge.config.set_graph import all_sets, leaves, reference_of_maps
from cytoforge.config.sets import REAL, SetConfig
from cytoforge.config.task import task_of
from cytoforge.config.tiles import DatasetConfig
from cytoforge.config.training import TrainingConfig
from cytoforge.config.utility import RERENDERED, SYNTHETIC, UtilityConfig

OBJECTS = ("cells", "nuclei")
TASK = "image_to_instances"


def model_of_rows(block: UtilityConfig) -> ModelConfig:
    """Return the network of every row as a block of `models`."""
    return ModelConfig(
        dataset=block.real, model=block.model, preset=block.preset, training=block.training
    )


def for_all_rows(training: TrainingConfig) -> TrainingConfig:
    """Return settings that mean the same for every row.

    Nothing is chosen by validation, and arithmetic is not what a measurement finds faster, which
    might come out otherwise for the next row.
    """
    fixed = {"select_by": "last", "patience": None, "validate_every": training.steps}
    if training.precision == "auto":
        fixed["precision"] = "fp32"
    return training.model_copy(update=fixed)


def truth_of(config: Config, block: UtilityConfig) -> str | None:
    """Return the segmentation of the true objects of real images; None where no name leads to
    one."""
    if block.truth is not None:
        return block.truth
    dataset = config.datasets.get(block.real)
    reference = config.rendered.get((dataset and dataset.reference) or "")
    return reference.segmentation if reference else None


def objects_of(config: Config, block: UtilityConfig) -> str:
    """Return what is to be found: cells or nuclei."""
    there = config.segmentations[truth_of(config, block) or ""].objects
    return block.objects or next((name for name in OBJECTS if name in there), OBJECTS[0])


def utility_problems(
    config: Config, name: str, training: TrainingConfig | None, makes: Mapping[str, str]
) -> list[Problem]:
    """Return every problem of a block, with its path.

    Parameters
    ----------
    training : its training settings; None where they are wrong, which has been said
    makes : what each model makes, as for `set_problems`
    """
    where, block = ("utility", name), config.utility[name]
    if block.real not in config.datasets:
        message = f"no block {block.real!r} in `datasets` (there: {', '.join(config.datasets)})"
        return [no_block((*where, "real"), message, block.real, config.datasets)]
    dataset = config.datasets[block.real]
    if dataset.reference is None or dataset.set != REAL:
        message = "needs a data set of real images with label maps (`reference`)"
        return [Problem((*where, "real"), message)]
    problems = [*_of_truth(config, where, block)]
    if training is not None:
        problems += _of_training(where, block, dataset, training)
    for key in (SYNTHETIC, RERENDERED):
        if getattr(block, key) is not None:
            problems += _of_set(config, (*where, key), block, key, makes)
    return problems


def _of_truth(config: Config, where: Keys, block: UtilityConfig) -> Iterator[Problem]:
    truth, there = truth_of(config, block), config.segmentations
    if truth is None:
        message = f"name a segmentation; the label maps of {block.real!r} come from none"
        yield Problem((*where, "truth"), message)
    elif truth not in there:
        message = f"no block {truth!r} in `segmentations` (there: {', '.join(there)})"
        yield no_block((*where, "truth"), message, truth, there)
    elif objects_of(config, block) not in there[truth].objects:
        found = [one for one in OBJECTS if one in there[truth].objects]
        message = f"segmentation {truth!r} has {' and '.join(found) or 'neither'}"
        yield Problem((*where, "objects"), message)


def _of_training(
    where: Keys, block: UtilityConfig, dataset: DatasetConfig, training: TrainingConfig
) -> Iterator[Problem]:
    if task_of(training).name != TASK:
        message = f"{block.model!r} finds no objects; take unet, u2net or hovernet"
        yield Problem((*where, "model"), message)
        return
    if training.steps is None or training.minutes is not None:
        message = "give a number of steps (no minutes), the same for every row"
        yield Problem((*where, "training", "steps"), message)
    if training.processes > 1:
        message = "rows are trained in one process each; leave it out"
        yield Problem((*where, "training", "processes"), message)
    if block.training.get("select_by", "last") != "last" or block.training.get("patience"):
        yield Problem(
            (*where, "training"),
            "no row chooses by validation, whose labels a tenth of the images would not have; leave"
            " `select_by` and `patience` out",
        )
    least = max(training.smallest_tile_px, training.size_multiple)
    if dataset.tile_px < least or dataset.tile_px % training.size_multiple:
        yield Problem(
            (*where, "real"),
            f"tiles of {dataset.tile_px} px; {block.model} needs multiples of"
            f" {training.size_multiple} px, at least {least}",
        )


def _of_set(
    config: Config, where: Keys, block: UtilityConfig, key: str, makes: Mapping[str, str]
) -> Iterator[Problem]:
    """Name what keeps the images of a set from being learned from beside the real ones."""
    sets, name = all_sets(config, makes), getattr(block, key)
    if name not in sets:
        known = [one for one, made in sets.items() if made.images_by]
        yield no_block(where, f"no set {name!r} (there: {', '.join(known)})", name, known)
        return
    made = sets[name]
    if not made.images_by or leaves(sets, name) != [name]:
        message = f"{name!r} is no set with `images_by`, whose objects are known exactly"
        yield Problem(where, message)
        return
    if problem := _wrong_maps(sets, made, key):
        yield Problem(where, f"{name!r} {problem}")
    dataset = config.datasets[block.real]
    codes = reference_of_maps(config, sets, name)
    if codes != dataset.reference:
        yield Problem(
            where,
            f"the label maps of {name!r} have the codes of reference {codes!r}, but {block.real!r}"
            f" has {dataset.reference!r}",
        )
    generator = config.models.get(made.images_by)
    learned = config.datasets.get(generator.dataset) if generator else None
    there = (learned and learned.channels) or config.images.channels
    if missing := [one for one in dataset.channels or config.images.channels if one not in there]:
        yield Problem(
            where,
            f"the images of {name!r} have no {' and '.join(missing)}; give {block.real!r} the"
            f" channels of its generator ({', '.join(there)})",
        )


def _wrong_maps(sets: Mapping[str, SetConfig], made: SetConfig, key: str) -> str:
    """Return what is wrong with the maps that images were generated of, "" where nothing is."""
    if key == RERENDERED:
        if made.maps != REAL:
            return "is of new maps: name it as `synthetic`, and a set with `maps: real` here"
        if made.split not in ("all", "train"):
            return f"has images of split {made.split} alone; training tiles need `split: train`"
        return ""
    if made.maps == REAL:
        return "is of the real maps: name it as `rerendered`, and a set of new maps here"
    if made.maps is None or made.maps not in sets or not sets[made.maps].maps_by:
        return "is of maps whose objects are not known exactly; take a set with `maps_by`"
    return ""
