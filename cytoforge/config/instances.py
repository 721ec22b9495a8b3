"""What must go together where models learn instances and segmentations use them."""

from collections.abc import Iterator, Mapping

from cytoforge.config.model import Config
from cytoforge.config.problem import CHANNELS, Problem, no_block, wrong_name
from cytoforge.config.segmentation import is_path
from cytoforge.config.task import task_of
from cytoforge.config.training import TrainingConfig

TRAINED = "trained"


def models_used(config: Config) -> dict[str, str]:
    """Return the model of each segmentation whose method is `trained`, by the segmentation, but for
    models that lie elsewhere."""
    found = {
        name: str(getattr(block, "model", ""))
        for name, block in config.segmentations.items()
        if block.method == TRAINED
    }
    return {name: model for name, model in found.items() if not is_path(model)}


def instance_problems(config: Config, training: Mapping[str, TrainingConfig]) -> list[Problem]:
    """Return every problem, with its path.

    Parameters
    ----------
    training : training settings by model, of those that are right in themselves
    """
    return [*_of_segmentations(config, training), *_of_models(config, training)]


def _of_segmentations(config: Config, training: Mapping[str, TrainingConfig]) -> Iterator[Problem]:
    """Name segmentations that use no model, or one that has learnt something else, or makes no
    maps: also what has learnt from tiles with the shading that images are segmented without."""
    shaded = config.images.shading != "none" and not config.images.correct_pixels
    for name, model in models_used(config).items():
        if shaded:
            yield Problem(
                ("segmentations", name),
                "`trained` learns from stored pixels, shading included, and would be shown images"
                " without it; set images.correct_pixels: true",
            )
        if model not in config.models:
            message = f"no block {model!r} in `models` (there: {', '.join(config.models)})"
            yield no_block(("segmentations", name, "model"), message, model, config.models)
        elif model in training and task_of(training[model]).output != "instances":
            yield Problem(
                ("segmentations", name, "model"),
                f"{model!r} learns {training[model].task}; `trained` needs a model of task"
                " image_to_instances (`model: unet`, `u2net`, `hovernet` or `mask_rcnn`)",
            )
        elif (
            getattr(config.segmentations[name], "flips", 1) > 1
            and model in training
            and not getattr(training[model], "has_maps", False)
        ):
            yield Problem(
                ("segmentations", name, "flips"),
                f"model {model!r} finds boxes, of which no mean is taken over mirror images; leave"
                " `flips` out, or use `unet`, `u2net` or `hovernet`",
            )


def _of_models(config: Config, training: Mapping[str, TrainingConfig]) -> Iterator[Problem]:
    """Name channels that a network cannot see, and a level of unlabelled pixels without one."""
    channels = config.images.channels
    for name, settings in training.items():
        sees = getattr(settings, "sees", None)
        if sees in ("stain", "colours") and len(channels) != 3:
            yield Problem(
                ("models", name, "training", "sees"),
                f"`{sees}` is for images of red, green and blue, not {', '.join(channels)}"
                " (`images.channels`)",
                among=CHANNELS,
            )
        level = getattr(settings, "ignore_label", None)
        named = config.datasets[config.models[name].dataset].reference
        if level is None or named is None:
            continue
        reference = config.references[named]
        levels = getattr(reference, "levels", 0)
        known = [] if isinstance(levels, int) else [one.name for one in levels]
        if level not in known:
            yield wrong_name(
                ("models", name, "training", "ignore_label"),
                f"no level {level!r} in the table `levels` of its data set's reference (there:"
                f" {', '.join(known) or 'no table of your own'})",
                level,
                known,
            )
