"""From a raw config to the typed one, reporting every problem at once."""

import reprlib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from cytoforge.config.base import nearest
from cytoforge.config.consistency import inconsistencies
from cytoforge.config.model import Config
from cytoforge.config.models import ModelConfig
from cytoforge.config.renamed import new_name
from cytoforge.config.segmentation import ByMethod, method_config, method_names
from cytoforge.config.training import TrainingConfig, config_class, model_names
from cytoforge.errors import UserError
from cytoforge.jobs.by_name import plugin_folder, use_plugins

Model = TypeVar("Model", bound=BaseModel)
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 160
PRESETS = Path(__file__).parents[2] / "config" / "presets"


def load_config(raw: Mapping[str, Any], where: str = "config") -> Config:
    """Check a raw config and return the typed one.

    Raises UserError naming every problem with its path and, for a mistyped key, the nearest
    valid one. Training settings of all models are checked too.
    """
    problems: list[str] = []
    _find_plugins(raw)
    config = _validate(Config, raw, "", problems)
    trainings: dict[str, TrainingConfig] = {}
    models = _valid_models(raw) if config is None else config.models
    for name, model_name in models.items():
        training = _resolve_training(name, model_name, problems)
        if training is not None:
            trainings[name] = training
    if config is not None:
        problems += inconsistencies(config, trainings)
    if problems:
        raise UserError(
            where=where,
            expected="a valid config (every key is explained in config/README.md)",
            found=f"{len(problems)} problem{'s' * (len(problems) > 1)}\n    - "
            + "\n    - ".join(problems),
            fix="correct these keys; nothing has been run",
        )
    assert config is not None
    return config


def _find_plugins(raw: Mapping[str, Any]) -> None:
    """Let everything be looked for in the folder of plugins too."""
    folder, before = raw.get("plugins"), method_names()
    use_plugins(folder if isinstance(folder, str) else None)
    if method_names() != before:
        Config.model_rebuild(force=True)  # its sections are those of the methods known so far


def training_config(name: str, model_name: ModelConfig) -> TrainingConfig:
    """Return a model's training settings: its preset with its own values on top."""
    problems: list[str] = []
    training = _resolve_training(name, model_name, problems)
    if training is None:
        raise UserError(
            where=f"models.{name}",
            expected="valid training settings",
            found="; ".join(problems),
            fix="see config/README.md",
        )
    return training


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
        model_name = _validate(ModelConfig, block, "", []) if _is_block(block) else None
        if model_name is not None:
            found[str(name)] = model_name
    return found


def _is_block(block: object) -> bool:
    return isinstance(block, Mapping) and all(isinstance(key, str) for key in block)


def _resolve_training(
    name: str, model_name: ModelConfig, problems: list[str]
) -> TrainingConfig | None:
    if model_name.model not in model_names():
        problems.append(
            f"models.{name}.model: no model {model_name.model!r}"
            f" (there: {', '.join(model_names())}){nearest(model_name.model, model_names())}"
        )
        return None
    folder = preset_folder(model_name.model)
    path = folder / f"{model_name.preset}.yaml"
    presets = sorted(file.stem for file in folder.glob("*.yaml")) or ["original"]
    if model_name.preset not in presets:
        problems.append(
            f"models.{name}.preset: no preset {model_name.preset!r} of {model_name.model}"
            f" (there: {', '.join(presets)}){nearest(model_name.preset, presets)}"
        )
        return None
    try:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        preset = yaml.safe_load(text) or {}
        merged = {**preset, **model_name.training}
    except (yaml.YAMLError, TypeError) as error:
        problems.append(f"{path}: not a YAML file of training settings ({error})")
        return None
    settings = config_class(model_name.model)
    offered = settings.tasks()
    if model_name.task is not None:
        if model_name.task not in offered:
            problems.append(
                f"models.{name}.task: {model_name.model} does not learn {model_name.task!r}"
                f" (it learns: {', '.join(offered)}){nearest(model_name.task, offered)}"
            )
            return None
        merged["task"] = model_name.task
    return _validate(settings, merged, f"models.{name}.training", problems)


def _validate(
    model: type[Model], raw: Mapping[str, Any], prefix: str, problems: list[str]
) -> Model | None:
    try:
        return model.model_validate(dict(raw))
    except ValidationError as error:
        for detail in filter(_is_about_the_input, error.errors()):
            problems.extend(_describe(model, detail, prefix).split("\n"))
        return None


def _is_about_the_input(detail: Any) -> bool:
    """Return whether an error is about what the user meant.

    All members of a union complain: that a number is no list, that a list is none of some numbers,
    and that one whose items are wrong has none.
    """
    if detail["type"] == "too_short" and detail["input"]:
        return False
    member, is_list = str(detail["loc"][-1:]), isinstance(detail["input"], list | tuple)
    if "tuple[" in member:
        return detail["type"] != "tuple_type" or is_list
    return "literal[" not in member or not is_list


def _describe(model: type[BaseModel], detail: Any, prefix: str) -> str:
    location: tuple[int | str, ...] = detail["loc"]
    valid, shown = _walk(model, location)
    path = ".".join(part for part in (prefix, *shown) if part)
    if detail["type"] == "extra_forbidden":
        key = str(location[-1])
        return f"{path}: {new_name(path) or f'unknown key{nearest(key, valid)}'}"
    if detail["type"] == "union_tag_invalid":
        method, known = str(detail["ctx"]["tag"]), method_names()
        there = ", ".join(map(repr, known))
        return f"{path}.method: no method {method!r} (there: {there}){nearest(method, known)}"
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "value_error" and not location:
        return message  # broken links, one line per link with its own path
    if detail["type"] in {"missing", "value_error"}:
        return f"{path}: {message}"
    return f"{path}: {message}; got {_shortened(detail['input'])}"


def _shortened(value: Any) -> str:
    """Return at most some 200 characters of a value: YAML's anchors make gigabytes of a few lines,
    and Python refuses to write out whole numbers of more than 4,300 digits."""
    try:
        shown = _SHORT.repr(value)
    except ValueError:
        shown = "a number of thousands of digits"
    return shown if len(shown) <= 200 else f"{shown[:200]}…"


def _walk(
    model: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[list[str], tuple[str, ...]]:
    """Follow an error's location; return the keys valid at its last step and the user's path.

    Pydantic inserts the chosen member of a union into the location, which the user never wrote.
    """
    current: Any = model
    valid: list[str] = []
    shown: list[str] = []
    for step in location:
        members = _members(current)
        tagged = [m for m in members if _is_model(m) and _tag(m) == step]
        if len(members) > 1 and tagged:
            current = tagged[0]
            continue
        if len(members) > 1 and not any(_is_model(m) and step in m.model_fields for m in members):
            continue  # the name of a union's member
        current = next((m for m in members if _is_model(m)), members[0])
        shown.append(str(step))
        if _is_model(current):
            valid = list(current.model_fields)
            field = current.model_fields.get(str(step))
            current = field.annotation if field else object
        else:
            arguments = get_args(current)
            current = (
                arguments[-1] if get_origin(current) is dict else next(iter(arguments), object)
            )
    return valid, tuple(shown)


def _members(annotation: Any) -> list[Any]:
    while get_origin(annotation) is Annotated:
        annotation, *marks = get_args(annotation)
        if any(isinstance(mark, ByMethod) for mark in marks):
            return [method_config(name) for name in method_names()]
    if get_origin(annotation) in (Union, types.UnionType):
        members = [m for m in get_args(annotation) if m is not type(None)]
        return [inner for member in members for inner in _members(member)]
    return [annotation]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _tag(model: type[BaseModel]) -> Any:
    field = model.model_fields.get("method")
    return field.default if field else None
