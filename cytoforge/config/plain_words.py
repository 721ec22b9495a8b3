"""What is wrong with one value, in words of the config and not of the library that checks it."""

from collections.abc import Mapping
from typing import Any

from cytoforge.config.base import Name, nearest_name

_WHOLE, _NUMBER, _SWITCH = "must be a whole number", "must be a number", "must be true or false"
_TEXT = "must be text; quotes make text of a number, a date, yes or no"
_LIST = "must be a list, e.g. [a, b]"
_SECTION = "must be a section, with keys and values below it"

# One sentence per kind of mistake; the words in braces are the check's own numbers.
_SENTENCES = {
    "missing": "is missing, and has no default",
    "string_type": _TEXT,
    "invalid_key": _TEXT,
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} character(s)",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": "must be a smaller number",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "must be a number, neither infinite nor undefined",
    "bool_type": _SWITCH,
    "bool_parsing": _SWITCH,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _SECTION,
    "mapping_type": _SECTION,
    "model_type": _SECTION,
    "model_attributes_type": _SECTION,
    "none_required": "must be null",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "too_short": "must have {min_length} or more entries",
    "too_long": "must have at most {max_length} entries",
}
# What the patterns of names ask for.
_NAME = (
    "may hold letters (a–z), digits, _ and -, and begins with a letter or digit: it becomes the"
    " name of a file"
)
_CHANNEL = "may not begin with a space or one of = + - @ ', nor hold line breaks"


def sentence(detail: Mapping[str, Any], may_be_list: bool = False) -> str:
    """Return what must be, without the key and the value found.

    Parameters
    ----------
    detail : one of pydantic's `ValidationError.errors()`
    may_be_list : whether the setting takes a list instead of one of its choices
    """
    kind, limits = str(detail["type"]), detail.get("ctx", {})
    if kind == "string_pattern_mismatch":
        return _NAME if limits["pattern"] == _NAME_PATTERN else _CHANNEL
    if kind not in _SENTENCES:
        message = str(detail["msg"]).removeprefix("Value error, ")
        return message.replace("Input should be", "must be").replace("Input should", "must")
    text = _SENTENCES[kind].format(**limits)
    if kind == "literal_error":
        text += ", or a list" if may_be_list else ""
    return text


def meant(detail: Mapping[str, Any]) -> str | None:
    """Return the choice that was meant where one of a few was mistyped, None elsewhere."""
    if detail["type"] != "literal_error" or not isinstance(detail["input"], str):
        return None
    expected = str(detail["ctx"]["expected"]).replace(" or ", ", ")
    return nearest_name(detail["input"], [choice.strip("'") for choice in expected.split(", ")])


_NAME_PATTERN = Name.__metadata__[0].pattern  # type: ignore[attr-defined]
