"""What must go together in a config: found before anything runs, not after hours of work."""

from collections.abc import Mapping

from cytoforge.config.benchmark_problems import benchmark_problems
from cytoforge.config.domains import domain_problems
from cytoforge.config.instances import instance_problems
from cytoforge.config.map_set_problems import drawing_problems
from cytoforge.config.model import Config
from cytoforge.config.models import ModelConfig
from cytoforge.config.set_graph import all_sets, set_problems
from cytoforge.config.task import TRANSLATION, task_of
from cytoforge.config.training import TrainingConfig


def inconsistencies(config: Config, training: Mapping[str, TrainingConfig]) -> list[str]:
    """Return every problem, with its path, between models, sets and other blocks.

    Parameters
    ----------
    training : training settings by model, presets applied
    """
    makes = {name: task_of(settings).makes for name, settings in training.items()}
    makes_images = [name for name, made in makes.items() if made in ("image", TRANSLATION)]
    problems = []
    for name, settings in training.items():
        problems += _sizes(config, name, config.models[name], settings)
        if name not in makes_images:
            problems += _asks_for_images(name, config.models[name], task_of(settings).name)
        else:
            problems += _no_dropout(name, config.models[name], settings)
    if training and set(makes.values()) == {"label_map"}:
        problems.append(
            "models: at least one must make images (`task: labels_to_image`); the"
            " report compares those"
        )
    problems += [*instance_problems(config, training), *domain_problems(config, training)]
    problems += drawing_problems(config, training)
    if len(training) == len(config.models):
        of_sets = set_problems(config, makes)
        problems += of_sets or [
            *_equal_samples(config, training),
            *benchmark_problems(config, all_sets(config, makes)),
        ]
    return problems


def _asks_for_images(name: str, block: ModelConfig, task: str) -> list[str]:
    """Name what only generators of images can do."""
    asked = {"synthesis.dropout": block.synthesis.dropout != "off", "export": bool(block.export)}
    return [
        f"models.{name}.{key}: is for generators of images, but this one makes labels"
        f" (`task: {task}`)"
        for key, wanted in asked.items()
        if wanted
    ]


def _sizes(config: Config, name: str, block: ModelConfig, training: TrainingConfig) -> list[str]:
    """Name sizes that do not go together."""
    tile_px = config.datasets[block.dataset].tile_px
    sides = {f"datasets.{block.dataset}.tile_px (model {name})": tile_px}
    if block.synthesis.tile_px is not None:
        sides[f"models.{name}.synthesis.tile_px"] = block.synthesis.tile_px
    multiple, smallest = training.size_multiple, training.smallest_tile_px
    problems = []
    for key, px in sides.items():
        if px % multiple:
            problems.append(
                f"{key}: {px} is no multiple of {multiple}, which {block.model} needs with its"
                f" settings of `generator`"
            )
        elif px < smallest:
            problems.append(
                f"{key}: {px} is below {smallest}, which {block.model} needs with its settings"
                f" of generator and discriminator"
            )
    if training.jitter_px >= tile_px:
        problems.append(
            f"models.{name}.training.jitter_px: {training.jitter_px} is not below the tile's"
            f" {tile_px} px"
        )
    return problems


def _no_dropout(name: str, block: ModelConfig, training: TrainingConfig) -> list[str]:
    """Name a dropout at synthesis that the generator lacks: all samples would be equal."""
    if block.synthesis.dropout == "off" or "dropout" in training.samples_differ_by:
        return []
    return [
        f"models.{name}.synthesis.dropout: {block.synthesis.dropout} needs a generator"
        f" with dropout (pix2pix with unet_64 or deeper or a ResNet, and `training.dropout: true`),"
        f" not {getattr(training, 'generator', block.model)}"
    ]


def _equal_samples(config: Config, training: Mapping[str, TrainingConfig]) -> list[str]:
    """Name samples of a map that would all be equal, and a `resample` without effect."""
    problems = []
    for name, block in config.sets.items():
        if block.images_by is None:
            continue
        differ = set(training[block.images_by].samples_differ_by)
        if (block.synthesis or config.models[block.images_by].synthesis).dropout == "off":
            differ.discard("dropout")
        if block.samples > 1 and not differ:
            problems.append(
                f"sets.{name}.samples: all {block.samples} would be equal; take a model with noise"
                " (oasis), grain (`grain_channels`) or appearance features (pix2pixhd with"
                " `feature_encoder`), or set `dropout: seeded`"
            )
        if block.resample != "all" and block.samples == 1:
            problems.append(f"sets.{name}.resample: is for further samples, but `samples` is 1")
        elif block.resample != "all" and not differ & {"noise", "clusters", "grain"}:
            problems.append(
                f"sets.{name}.resample: only noise (oasis), grain (`grain_channels`) and appearance"
                " features (pix2pixhd with `feature_encoder`) can be resampled for single codes"
            )
    return problems
