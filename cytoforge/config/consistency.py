"""What must go together in a config: found before anything runs, not after hours of work."""

from collections.abc import Mapping

from cytoforge.config.benchmark_problems import benchmark_problems
from cytoforge.config.domains import domain_problems
from cytoforge.config.instances import instance_problems
from cytoforge.config.map_set_problems import drawing_problems
from cytoforge.config.model import Config
from cytoforge.config.models import ModelConfig
from cytoforge.config.problem import Keys, Problem
from cytoforge.config.set_graph import all_sets, set_problems
from cytoforge.config.task import TRANSLATION, task_of
from cytoforge.config.training import TrainingConfig


def inconsistencies(config: Config, training: Mapping[str, TrainingConfig]) -> list[Problem]:
    """Return every problem, with its path, between models, sets and other blocks.

    Parameters
    ----------
    training : training settings by model, presets applied
    """
    makes = {name: task_of(settings).makes for name, settings in training.items()}
    makes_images = [name for name, made in makes.items() if made in ("image", TRANSLATION)]
    problems: list[Problem] = []
    for name, settings in training.items():
        problems += _sizes(config, name, config.models[name], settings)
        if name not in makes_images:
            problems += _asks_for_images(name, config.models[name], task_of(settings).name)
        else:
            problems += _no_dropout(name, config.models[name], settings)
    if training and set(makes.values()) == {"label_map"}:
        message = (
            "at least one must make images (`task: labels_to_image`); the report compares those"
        )
        problems.append(Problem(("models",), message))
    problems += [*instance_problems(config, training), *domain_problems(config, training)]
    problems += drawing_problems(config, training)
    if len(training) == len(config.models):
        of_sets = set_problems(config, makes)
        problems += of_sets or [
            *_equal_samples(config, training),
            *benchmark_problems(config, all_sets(config, makes)),
        ]
    return problems


def _asks_for_images(name: str, block: ModelConfig, task: str) -> list[Problem]:
    """Name what only generators of images can do."""
    asked: dict[Keys, bool] = {
        ("synthesis", "dropout"): block.synthesis.dropout != "off",
        ("export",): bool(block.export),
    }
    message = f"is for generators of images, but this one makes labels (`task: {task}`)"
    return [Problem(("models", name, *keys), message) for keys, wanted in asked.items() if wanted]


def _sizes(
    config: Config, name: str, block: ModelConfig, training: TrainingConfig
) -> list[Problem]:
    """Name sizes that do not go together."""
    tile_px = config.datasets[block.dataset].tile_px
    path: Keys = ("datasets", block.dataset, "tile_px")
    sides = [(path, f"{'.'.join(path)} (model {name})", tile_px)]
    if block.synthesis.tile_px is not None:
        path = ("models", name, "synthesis", "tile_px")
        sides.append((path, ".".join(path), block.synthesis.tile_px))
    multiple, smallest = training.size_multiple, training.smallest_tile_px
    problems = []
    for path, shown, px in sides:
        needed = f"which {block.model} needs with its settings of"
        if px % multiple:
            message = f"{px} is no multiple of {multiple}, {needed} `generator`"
            problems.append(Problem(path, message, shown))
        elif px < smallest:
            message = f"{px} is below {smallest}, {needed} generator and discriminator"
            problems.append(Problem(path, message, shown))
    if training.jitter_px >= tile_px:
        message = f"{training.jitter_px} is not below the tile's {tile_px} px"
        problems.append(Problem(("models", name, "training", "jitter_px"), message))
    return problems


def _no_dropout(name: str, block: ModelConfig, training: TrainingConfig) -> list[Problem]:
    """Name a dropout at synthesis that the generator lacks: all samples would be equal."""
    if block.synthesis.dropout == "off" or "dropout" in training.samples_differ_by:
        return []
    message = (
        f"{block.synthesis.dropout} needs a generator with dropout (pix2pix with unet_64 or deeper"
        f" or a ResNet, and `training.dropout: true`),"
        f" not {getattr(training, 'generator', block.model)}"
    )
    return [Problem(("models", name, "synthesis", "dropout"), message)]


def _equal_samples(config: Config, training: Mapping[str, TrainingConfig]) -> list[Problem]:
    """Name samples of a map that would all be equal, and a `resample` without effect."""
    problems = []
    for name, block in config.sets.items():
        if block.images_by is None:
            continue
        differ = set(training[block.images_by].samples_differ_by)
        if (block.synthesis or config.models[block.images_by].synthesis).dropout == "off":
            differ.discard("dropout")
        if block.samples > 1 and not differ:
            message = (
                f"all {block.samples} would be equal; take a model with noise (oasis), grain"
                " (`grain_channels`) or appearance features (pix2pixhd with `feature_encoder`), or"
                " set `dropout: seeded`"
            )
            problems.append(Problem(("sets", name, "samples"), message))
        if block.resample != "all" and block.samples == 1:
            message = "is for further samples, but `samples` is 1"
            problems.append(Problem(("sets", name, "resample"), message))
        elif block.resample != "all" and not differ & {"noise", "clusters", "grain"}:
            message = (
                "only noise (oasis), grain (`grain_channels`) and appearance features (pix2pixhd"
                " with `feature_encoder`) can be resampled for single codes"
            )
            problems.append(Problem(("sets", name, "resample"), message))
    return problems
