"""What every section of the config has in common, and the nearest valid name for a mistyped one."""

import difflib
import heapq
import re
from collections.abc import Iterable
from itertools import takewhile
from operator import eq
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo

# Block and image names become file names and wildcards, so they stay plain.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=80)]
Fraction = Annotated[float, Field(ge=0, le=1)]
# No setting means anything beyond: for those of plugins that declare no bound of their own.
LARGEST = 10**9
# Names that one is compared with, letter by letter.
MOST_COMPARED = 50
Items = TypeVar("Items", bound=tuple[Any, ...])


def number(default: Any, *, why: str, **bounds: Any) -> Any:
    """Return a field for a number with bounds on both sides (`ge`, `gt`, `le`, `lt`).

    why : what a value beyond the upper bound would do, which the answer to one tells; a reason for
        the lower one stands before it, and a semicolon between them
    """
    return Field(default, json_schema_extra={"why": why}, **bounds)


def later(default: Any, **settings: Any) -> Any:
    """Return a field for a setting that sections did not always have.

    What has its default is left out where a section is written down: a config without the key makes
    nothing stale that was made before there was the key.
    """
    return Field(default, exclude_if=lambda value: value == default, **settings)


class Section(BaseModel):
    """A config section: unknown keys are errors, values never change after loading, no number
    is infinite, undefined, without an upper bound or a switch (`yes`), no text is empty or has
    control characters."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        serialize_by_alias=True,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_switch(cls, value: Any, info: ValidationInfo) -> Any:
        kinds = _types_inside(cls.model_fields[str(info.field_name)].annotation)
        if isinstance(value, bool) and kinds & {int, float} and not kinds & {bool, Any}:
            raise ValueError(f"must be a number; got {str(value).lower()}")
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _plain(cls, value: Any, info: ValidationInfo) -> Any:
        values = value if isinstance(value, tuple) else (value,)
        numbers = [one for one in values if type(one) in (int, float)]
        if any(isinstance(one, str) and not one.strip() for one in values):
            raise ValueError("is empty; leave it out for its default")
        if found := next(filter(None, map(_control_character, values)), None):
            raise ValueError(f"has the control character {found}; type it again")
        too_large = any(abs(one) > LARGEST for one in numbers)
        if too_large and not has_bound(cls, str(info.field_name)):
            raise ValueError(f"must be at most {LARGEST:,}, as every setting")
        return value


def _control_character(value: Any) -> str | None:
    """Return the first character of a text that is none to read, as Python writes it.

    >>> _control_character("a\\x07b"), _control_character("two\\nlines"), _control_character(7)
    ("'\\\\x07'", None, None)
    """
    found = (
        re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", value) if isinstance(value, str) else None
    )
    return repr(found.group()) if found else None


def keys_of(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the settings of a section by the keys that users write: some words cannot be names of
    attributes (`from`, `register`)."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def has_bound(section: type[BaseModel], key: str) -> bool:
    """Return whether a setting declares an upper bound."""
    return any(hasattr(mark, bound) for mark in marks_of(section, key) for bound in ("le", "lt"))


def marks_of(section: type[BaseModel], key: str) -> list[Any]:
    """Return what is declared of a setting's values, also inside `X | None`."""
    field = section.model_fields[key]
    return [*field.metadata, *_marks_inside(field.annotation)]


def _marks_inside(annotation: Any) -> list[Any]:
    marks: list[Any] = []
    for mark in getattr(annotation, "__metadata__", ()):
        marks += mark.metadata if isinstance(mark, FieldInfo) else [mark]
    for inner in getattr(annotation, "__args__", ()):
        marks += _marks_inside(inner)
    return marks


def _types_inside(annotation: Any) -> set[Any]:
    """Return the types that a setting may have, and those of its items."""
    inner = getattr(annotation, "__args__", ())
    return set().union({annotation}, *map(_types_inside, inner))


def _each_once(items: Items) -> Items:
    twice = sorted({str(item) for item in items if items.count(item) > 1})
    if twice:
        raise ValueError(f"names {', '.join(twice)} more than once; name each once")
    return items


Once = AfterValidator(_each_once)
"""Marks a list in which nothing may be named twice: `Annotated[tuple[Name, ...], Once]`."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return "; did you mean X?", or an empty string where no valid name is similar.

    The result is appended to a message. Case and the characters between words do not count.

    >>> nearest("tile_pix", ["tile_px", "sampler"])
    '; did you mean `tile_px`?'
    >>> nearest("pix2pixHD", ["pix2pix", "pix2pixhd"])
    '; did you mean `pix2pixhd`?'
    >>> nearest("zebra", ["tile_px", "sampler"])
    ''
    """
    return proposal(nearest_name(name, valid))


def proposal(name: str | None) -> str:
    """Return what ends a message that proposes a name; nothing for None."""
    return "" if name is None else f"; did you mean `{name}`?"


def nearest_name(name: str, valid: Iterable[str]) -> str | None:
    """Return the valid name that was probably meant; None where none is similar."""
    known = _likely(name, list(valid))
    bare: dict[str, str] = {}
    for other in known:
        bare.setdefault(_bare(other), other)
    matches = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    plain = difflib.get_close_matches(_bare(name), list(bare), n=1, cutoff=0.6)
    if plain and (not matches or plain[0] == _bare(name)):
        matches = [bare[plain[0]]]
    return matches[0] if matches else None


def is_alike(name: str, other: str) -> bool:
    """Return whether two names differ by a letter or two of many, by case, or between words.

    >>> is_alike("cellpos", "cellpose"), is_alike("CycleGAN", "cyclegan"), is_alike("otsu", "spots")
    (True, True, False)
    """
    return difflib.SequenceMatcher(None, _bare(name), _bare(other)).ratio() >= 0.8


def _likely(name: str, known: list[str]) -> list[str]:
    """Return the names to compare: of thousands, which take seconds, those that begin and end most
    like it."""
    if len(known) <= MOST_COMPARED:
        return known

    def alike(other: str) -> int:
        ways = (map(eq, name, other), map(eq, reversed(name), reversed(other)))
        return sum(sum(takewhile(bool, way)) for way in ways)

    return heapq.nlargest(MOST_COMPARED, known, key=alike)


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
