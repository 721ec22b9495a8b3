"""What must go together in a config: found before anything runs, not after hours of work."""

from collections.abc import Mapping

from cytoforge.config.model import Config
from cytoforge.config.models import ModelConfig
from cytoforge.config.task import task_of
from cytoforge.config.training import TrainingConfig


def inconsistencies(config: Config, training: Mapping[str, TrainingConfig]) -> list[str]:
    """Return every problem, with its path, between models' own settings and others.

    Parameters
    ----------
    training : training settings by model, presets applied
    """
    problems = []
    for name, settings in training.items():
        model_name = config.models[name]
        problems += _sizes(config, name, model_name, settings)
        if task_of(settings).output != "image":
            problems += _asks_for_images(name, model_name)
        else:
            problems += _no_dropout(name, model_name, settings)
            problems += _equal_samples(name, model_name, settings)
    if training and all(task_of(settings).output != "image" for settings in training.values()):
        problems.append(
            "models: at least one must make images (`task: labels_to_image`); the"
            " report compares those"
        )
    return problems


def _asks_for_images(name: str, model_name: ModelConfig) -> list[str]:
    """Name what only generators of images can do."""
    synthesis = model_name.synthesis
    asked = {
        "synthesis.maps": synthesis.maps is not None,
        "synthesis.samples": synthesis.samples > 1,
        "synthesis.dropout": synthesis.dropout != "off",
        "export": bool(model_name.export),
    }
    return [
        f"models.{name}.{key}: is for generators of images, but this one makes label maps"
        " (`task: image_to_labels`)"
        for key, wanted in asked.items()
        if wanted
    ]


def _sizes(
    config: Config, name: str, model_name: ModelConfig, training: TrainingConfig
) -> list[str]:
    """Name sizes that do not go together."""
    tile_px = config.datasets[model_name.dataset].tile_px
    sides = {f"datasets.{model_name.dataset}.tile_px (model {name})": tile_px}
    if model_name.synthesis.tile_px is not None:
        sides[f"models.{name}.synthesis.tile_px"] = model_name.synthesis.tile_px
    multiple, smallest = training.size_multiple, training.smallest_tile_px
    problems = []
    for key, px in sides.items():
        if px % multiple:
            problems.append(
                f"{key}: {px} is no multiple of {multiple}, which {model_name.model} needs with its"
                f" settings of `generator`"
            )
        elif px < smallest:
            problems.append(
                f"{key}: {px} is below {smallest}, which {model_name.model} needs with its settings"
                f" of generator and discriminator"
            )
    if training.jitter_px >= tile_px:
        problems.append(
            f"models.{name}.training.jitter_px: {training.jitter_px} is not below the tile's"
            f" {tile_px} px"
        )
    return problems


def _no_dropout(name: str, model_name: ModelConfig, training: TrainingConfig) -> list[str]:
    """Name a dropout at synthesis that the generator lacks: all samples would be equal."""
    if model_name.synthesis.dropout == "off" or "dropout" in training.samples_differ_by:
        return []
    return [
        f"models.{name}.synthesis.dropout: {model_name.synthesis.dropout} needs a generator"
        f" with dropout (pix2pix with unet_64 or deeper or a ResNet, and `training.dropout: true`),"
        f" not {getattr(training, 'generator', model_name.model)}"
    ]


def _equal_samples(name: str, model_name: ModelConfig, training: TrainingConfig) -> list[str]:
    """Name samples of a map that would all be equal, and a `resample` without effect."""
    synthesis = model_name.synthesis
    differ = set(training.samples_differ_by)
    if synthesis.dropout == "off":
        differ.discard("dropout")
    path = f"models.{name}.synthesis"
    problems = []
    if synthesis.samples > 1 and not differ:
        problems.append(
            f"{path}.samples: all {synthesis.samples} would be equal; take a model with noise"
            " (oasis) or appearance features (pix2pixhd with `feature_encoder`), or set"
            " `dropout: seeded`"
        )
    if synthesis.resample != "all" and synthesis.samples == 1:
        problems.append(f"{path}.resample: is for further samples, but `samples` is 1")
    elif synthesis.resample != "all" and not differ & {"noise", "clusters"}:
        problems.append(
            f"{path}.resample: only noise (oasis) and appearance features (pix2pixhd with"
            " `feature_encoder`) can be resampled for single codes"
        )
    return problems
