"""What is wrong with a raw section, one sentence per mistake, at the path that the user wrote."""

import reprlib
import types
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from cytoforge.config.base import keys_of, nearest_name, proposal
from cytoforge.config.plain_words import meant, sentence
from cytoforge.config.problem import Keys, Kind, Mistakes, Problem, at, wrong_name
from cytoforge.config.renamed import new_name
from cytoforge.config.segmentation import ByMethod, method_config, method_names
from cytoforge.errors import UserError

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 160


Model = TypeVar("Model", bound=BaseModel)
LOWER_BOUNDS = ("greater_than", "greater_than_equal")
UPPER_BOUNDS = ("less_than", "less_than_equal")


def validated(model: type[Model], raw: object, where: str, expected: str) -> Model:
    """Return a section from raw values; UserError with all that is wrong with them."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        problems = problems_in(model, error, ())
        found = "\n    - ".join(["", *map(str, problems)])
        raise UserError(where, expected, found, "correct these") from None


def problems_in(model: type[BaseModel], error: ValidationError, prefix: Keys) -> list[Problem]:
    """Return what is wrong, one problem per mistake.

    Parameters
    ----------
    model : what a section was to be
    prefix : path of the section in the config
    """
    details = filter(_is_about_the_input, error.errors())
    return [problem for detail in details for problem in _described(model, detail, prefix)]


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


def _described(model: type[BaseModel], detail: Any, prefix: Keys) -> list[Problem]:
    location = tuple(step for step in detail["loc"] if step != "[key]")
    valid, shown, field = _walk(model, location)
    path, kind = (*prefix, *shown), detail["type"]
    raised = detail.get("ctx", {}).get("error")
    if isinstance(raised, Mistakes):
        return [at(path, problem) for problem in raised.problems]
    if kind == "extra_forbidden":
        return [_unknown_key(path, str(location[-1]), valid)]
    if kind == "union_tag_invalid":
        method, known = str(detail["ctx"]["tag"]), method_names()
        message = f"no method {method!r} (there: {', '.join(map(repr, known))})"
        return [wrong_name((*path, "method"), message, method, known)]
    if kind == "invalid_key" or (detail["loc"][-1:] == ("[key]",) and kind == "string_type"):
        return [_no_name(path, detail["input"])]
    is_list = field is not None and any(_is_list(m) for m in _members(field.annotation))
    message = sentence(detail, may_be_list=is_list)
    if kind in {"missing", "value_error"}:
        return [Problem(path, message)]
    message = f"{message}{_why(field, kind)}; got {_shortened(detail['input'])}"
    instead = meant(detail)
    found = detail["input"] if instead is not None else None
    return [Problem(path, message + proposal(instead), found=found, instead=instead)]


def _no_name(path: Keys, key: Any) -> Problem:
    """Return the problem of a name that YAML takes for something else."""
    message = (
        "a name must be text, and YAML takes yes, no, on, off, numbers and dates for others; put it"
        f" in quotes (here it is {_shortened(key)})"
    )
    return Problem((*path[:-1], str(key)), message, shown=".".join(path[:-1]))


def _unknown_key(path: Keys, key: str, valid: list[str]) -> Problem:
    if renamed := new_name(".".join(path)):
        return Problem(path, renamed)
    instead = nearest_name(key, valid)
    message = f"unknown key{proposal(instead)}"
    return Problem(path, message, kind=Kind.KEY, found=key, instead=instead)


def _why(field: FieldInfo | None, kind: str) -> str:
    """Return the reason for a bound; a lower one has none where `why` speaks of the upper alone."""
    extra = None if field is None else field.json_schema_extra
    if not isinstance(extra, dict) or "why" not in extra:
        return ""
    below, _, above = str(extra["why"]).rpartition("; ")
    why = {**dict.fromkeys(LOWER_BOUNDS, below), **dict.fromkeys(UPPER_BOUNDS, above)}.get(kind)
    return f" ({why})" if why else ""


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple


def _shortened(value: Any) -> str:
    """Return at most some 200 characters of a value: YAML's anchors make gigabytes of a few lines,
    and Python refuses to write out whole numbers of more than 4,300 digits."""
    if value is None:
        return "null"
    try:
        shown = str(value).lower() if isinstance(value, bool) else _SHORT.repr(value)
    except ValueError:
        shown = "a number of thousands of digits"
    return shown if len(shown) <= 200 else f"{shown[:200]}…"


def _walk(
    model: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[list[str], tuple[str, ...], FieldInfo | None]:
    """Follow an error's location; return the keys valid at its last step, the user's path, and the
    setting that it ends in.

    Pydantic inserts the chosen member of a union into the location, which the user never wrote.
    """
    current: Any = model
    valid: list[str] = []
    shown: list[str] = []
    field: FieldInfo | None = None
    for step in location:
        members = _members(current)
        tagged = [m for m in members if _is_model(m) and step in (_tag(m), m.__name__)]
        if len(members) > 1 and tagged:
            current = tagged[0]
            continue
        if isinstance(step, int):  # an item of a list, whatever else the setting may be
            members = [m for m in members if _is_list(m)] or members
        if len(members) > 1 and not any(_is_model(m) and step in keys_of(m) for m in members):
            continue  # the name of a union's member
        current = next((m for m in members if _is_model(m)), members[0])
        shown.append(str(step))
        if _is_model(current):
            keys = keys_of(current)
            valid, field = list(keys), keys.get(str(step))
            current = field.annotation if field else object
        else:
            arguments = get_args(current)
            current = (
                arguments[-1] if get_origin(current) is dict else next(iter(arguments), object)
            )
    return valid, tuple(shown), field


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
