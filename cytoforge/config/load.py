"""From a raw config to the typed one, reporting every problem at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from cytoforge.config.consistency import inconsistencies
from cytoforge.config.model import Config
from cytoforge.config.models import ModelConfig
from cytoforge.config.problem import Keys, Problem, wrong_name
from cytoforge.config.problems import problems_in
from cytoforge.config.renamed import RENAMED, with_new_sections
from cytoforge.config.repair import Repair
from cytoforge.config.segmentation import method_names
from cytoforge.config.task import task_of
from cytoforge.config.training import TrainingConfig, config_class, model_names
from cytoforge.config.utility import UtilityConfig
from cytoforge.config.utility_problems import for_all_rows, model_of_rows, utility_problems
from cytoforge.config.yaml_file import read_yaml
from cytoforge.errors import UserError
from cytoforge.jobs.by_name import plugin_folder, use_plugins

Model = TypeVar("Model", bound=BaseModel)
MOST_ROUNDS = 12  # of correcting a wrong config and checking it again
PRESETS = Path(__file__).parents[2] / "config" / "presets"


def load_config(raw: Mapping[str, Any], where: str = "config") -> Config:
    """Check a raw config and return the typed one.

    Raises UserError naming every problem with its path and, for a mistyped key, the nearest
    valid one. Training settings of all models are checked too.
    """
    if not isinstance(raw, Mapping):
        raise UserError(
            where,
            "a section of keys, `key: value` each",
            f"a {'list' if isinstance(raw, list) else 'single text or number'}",
            "begin with `samples: config/samples.tsv`; config/README.md explains every key",
        )
    _find_plugins(raw)
    present = with_new_sections(raw)
    renamed = [Problem((key,), RENAMED[key]) for key in raw if key not in present]
    config, problems = _checked(present)
    if config is None or problems or renamed:
        problems = [*renamed, *_with_hidden(present, problems)]
        raise UserError(
            where=where,
            expected="a valid config (every key is explained in config/README.md)",
            found=f"{len(problems)} problem{'s' * (len(problems) > 1)}\n    - "
            + "\n    - ".join(map(str, problems)),
            fix="correct these keys; nothing has been run",
        )
    return config


def _checked(raw: Mapping[str, Any]) -> tuple[Config | None, list[Problem]]:
    """Return the typed config, None where it cannot be typed, and what is wrong with it.

    What goes together is checked only where all that it is about is right in itself.
    """
    problems: list[Problem] = []
    config = _validate(Config, raw, (), problems)
    trainings: dict[str, TrainingConfig] = {}
    models = _valid_models(raw) if config is None else config.models
    for name, model_name in models.items():
        training = _resolve_training(("models", name), model_name, problems)
        if training is not None:
            trainings[name] = training
    if config is not None:
        problems += inconsistencies(config, trainings)
        problems += _of_utility(config, trainings)
    return config, problems


def _with_hidden(raw: Mapping[str, Any], problems: list[Problem]) -> list[Problem]:
    """Return problems and those that can only be seen when these are corrected."""
    found, seen, repair = list(problems), problems, Repair(raw)
    for _ in range(MOST_ROUNDS):
        corrected = [repair.correct(problem) for problem in seen]
        if not any(corrected):
            break
        seen = _checked(repair.raw)[1]
        # First goes what names what is gone; the rest may be there because of it.
        seen = [one for one in seen if repair.names_what_is_gone(one)] or seen
        found += [one for one in seen if one not in found and not repair.follows(one)]
    return found


def _find_plugins(raw: Mapping[str, Any]) -> None:
    """Let everything be looked for in the folder of plugins too."""
    folder, before = raw.get("plugins"), method_names()
    use_plugins(folder if isinstance(folder, str) else None)
    if method_names() != before:
        Config.model_rebuild(force=True)  # its sections are those of the methods known so far


def training_config(name: str, model_name: ModelConfig) -> TrainingConfig:
    """Return a model's training settings: its preset with its own values on top."""
    problems: list[Problem] = []
    training = _resolve_training(("models", name), model_name, problems)
    if training is None:
        raise UserError(
            where=f"models.{name}",
            expected="valid training settings",
            found="; ".join(map(str, problems)),
            fix="see config/README.md",
        )
    return training


def utility_training(name: str, block: UtilityConfig) -> TrainingConfig:
    """Return the training settings of every row of a block of `utility`, which `load_config` has
    found to be right."""
    training = _resolve_training(("utility", name), model_of_rows(block), [])
    assert training is not None, "checked before"
    return for_all_rows(training)


def _of_utility(config: Config, trainings: Mapping[str, TrainingConfig]) -> list[Problem]:
    """Return every problem of the blocks of `utility`, and of their training settings."""
    problems: list[Problem] = []
    makes = {name: task_of(training).makes for name, training in trainings.items()}
    for name, block in config.utility.items():
        training = _resolve_training(("utility", name), model_of_rows(block), problems)
        problems += utility_problems(config, name, training, makes)
    return problems


def preset_folder(model: str) -> Path:
    """Return where a model's presets lie: with the config, or in a plugin's own folder.

    A plugin may have none: `original` is then its config's defaults.
    """
    plugins = plugin_folder()
    if plugins is None or (PRESETS / model).is_dir():
        return PRESETS / model
    return plugins / "models" / model / "presets"


def _valid_models(raw: Mapping[str, Any]) -> dict[str, ModelConfig]:
    """Return the models that are right in themselves; what is wrong of others is named."""
    blocks = raw.get("models")
    found = {}
    for name, block in blocks.items() if isinstance(blocks, Mapping) else ():
        model_name = _validate(ModelConfig, block, (), []) if _is_block(block) else None
        if model_name is not None:
            found[str(name)] = model_name
    return found


def _is_block(block: object) -> bool:
    return isinstance(block, Mapping) and all(isinstance(key, str) for key in block)


def _resolve_training(
    where: Keys, model_name: ModelConfig, problems: list[Problem]
) -> TrainingConfig | None:
    """Return the settings of a block at that path, None where they are wrong."""
    if model_name.model not in model_names():
        # `stylegan3-t` is written either way; the answer has the dashes of the question.
        dash = "-" if "-" in model_name.model else "_"
        known = [name.replace("_", dash) for name in model_names()]
        message = f"no model {model_name.model!r} (there: {', '.join(known)})"
        problems.append(wrong_name((*where, "model"), message, model_name.model, known))
        return None
    folder = preset_folder(model_name.model)
    path = folder / f"{model_name.preset}.yaml"
    presets = sorted(file.stem for file in folder.glob("*.yaml")) or ["original"]
    if model_name.preset not in presets:
        message = (
            f"no preset {model_name.preset!r} of {model_name.model} (there: {', '.join(presets)})"
        )
        problems.append(wrong_name((*where, "preset"), message, model_name.preset, presets))
        return None
    try:
        preset = read_yaml(path) if path.is_file() else {}
        merged = {**(preset or {}), **model_name.training}
    except (UserError, TypeError) as error:
        message = f"not a YAML file of training settings ({_in_one_line(error)})"
        problems.append(Problem((*where, "preset"), message, shown=str(path)))
        return None
    settings = config_class(model_name.model)
    offered = settings.tasks()
    if model_name.task is not None:
        if model_name.task not in offered:
            message = (
                f"{model_name.model} does not learn {model_name.task!r}"
                f" (it learns: {', '.join(offered)})"
            )
            problems.append(wrong_name((*where, "task"), message, model_name.task, offered))
            return None
        merged["task"] = model_name.task
    return _validate(settings, merged, (*where, "training"), problems)


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _validate(
    model: type[Model], raw: Mapping[str, Any], prefix: Keys, problems: list[Problem]
) -> Model | None:
    try:
        return model.model_validate(dict(raw))
    except ValidationError as error:
        problems += problems_in(model, error, prefix)
        return None
