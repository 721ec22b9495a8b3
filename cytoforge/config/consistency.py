"""What must go together in a config: found before anything runs, not after hours of work."""

from collections.abc import Mapping

from cytoforge.config.experiments import ExperimentConfig
from cytoforge.config.model import Config
from cytoforge.config.training import TrainingConfig


def inconsistencies(config: Config, training: Mapping[str, TrainingConfig]) -> list[str]:
    """Return every problem, with its path, between experiments' own settings and others.

    Parameters
    ----------
    training : settled training settings by experiment
    """
    problems = []
    for name, settings in training.items():
        experiment = config.experiments[name]
        problems += _sizes(config, name, experiment, settings)
        if settings.predicts_labels:
            problems += _asks_for_images(name, experiment)
        else:
            problems += _no_dropout(name, experiment, settings)
            problems += _equal_samples(name, experiment, settings)
    if training and all(settings.predicts_labels for settings in training.values()):
        problems.append(
            "experiments: at least one must make images (`direction: labels_to_images`); the"
            " report compares those"
        )
    return problems


def _asks_for_images(name: str, experiment: ExperimentConfig) -> list[str]:
    """Name what only generators of images can do."""
    synthesis = experiment.synthesis
    asked = {
        "synthesis.maps": synthesis.maps is not None,
        "synthesis.samples": synthesis.samples > 1,
        "synthesis.dropout": synthesis.dropout != "off",
        "export": bool(experiment.export),
    }
    return [
        f"experiments.{name}.{key}: is for generators of images, but this one makes label maps"
        " (`direction: images_to_labels`)"
        for key, wanted in asked.items()
        if wanted
    ]


def _sizes(
    config: Config, name: str, experiment: ExperimentConfig, training: TrainingConfig
) -> list[str]:
    """Name sizes that do not go together."""
    tile_px = config.datasets[experiment.dataset].tile_px
    sides = {f"datasets.{experiment.dataset}.tile_px (experiment {name})": tile_px}
    if experiment.synthesis.tile_px is not None:
        sides[f"experiments.{name}.synthesis.tile_px"] = experiment.synthesis.tile_px
    multiple, smallest = training.size_multiple, training.smallest_tile_px
    problems = []
    for key, px in sides.items():
        if px % multiple:
            problems.append(
                f"{key}: {px} is no multiple of {multiple}, which {experiment.model} needs with its"
                f" settings of `generator`"
            )
        elif px < smallest:
            problems.append(
                f"{key}: {px} is below {smallest}, which {experiment.model} needs with its settings"
                f" of generator and discriminator"
            )
    if training.jitter_px >= tile_px:
        problems.append(
            f"experiments.{name}.training.jitter_px: {training.jitter_px} is not below the tile's"
            f" {tile_px} px"
        )
    return problems


def _no_dropout(name: str, experiment: ExperimentConfig, training: TrainingConfig) -> list[str]:
    """Name a dropout at synthesis that the generator lacks: all samples would be equal."""
    if experiment.synthesis.dropout == "off" or "dropout" in training.samples_differ_by:
        return []
    return [
        f"experiments.{name}.synthesis.dropout: {experiment.synthesis.dropout} needs a generator"
        f" with dropout (pix2pix with unet_64 or deeper or a ResNet, and `training.dropout: true`),"
        f" not {getattr(training, 'generator', experiment.model)}"
    ]


def _equal_samples(name: str, experiment: ExperimentConfig, training: TrainingConfig) -> list[str]:
    """Name samples of a map that would all be equal, and a `resample` without effect."""
    synthesis = experiment.synthesis
    differ = set(training.samples_differ_by)
    if synthesis.dropout == "off":
        differ.discard("dropout")
    path = f"experiments.{name}.synthesis"
    problems = []
    if synthesis.samples > 1 and not differ:
        problems.append(
            f"{path}.samples: all {synthesis.samples} would be equal; take a model with noise"
            " (oasis) or looks (pix2pixhd with `feature_encoder`), or set `dropout: seeded`"
        )
    if synthesis.resample != "all" and synthesis.samples == 1:
        problems.append(f"{path}.resample: is for further samples, but `samples` is 1")
    elif synthesis.resample != "all" and not differ & {"noise", "clusters"}:
        problems.append(
            f"{path}.resample: only noise (oasis) and looks (pix2pixhd with `feature_encoder`) can"
            " be drawn anew for single codes"
        )
    return problems
