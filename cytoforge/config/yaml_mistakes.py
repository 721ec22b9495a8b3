"""Where a text stops being YAML, and the likely cause in the words of somebody who wrote it."""

import re

import yaml

from cytoforge.errors import UserError
from cytoforge.jobs.text_file import lines_of

_QUOTE = 'put the text in quotes, e.g. title: "Kc167: three models"'
_INDENT = "indent with spaces, the keys of one section equally far"
_CLOSE = "close it"

# A part of PyYAML's message → the likely cause, and what to do; the first that fits.
_CAUSES = {
    "while scanning a quoted scalar": ("a quotation mark that is never closed", _CLOSE),
    "while parsing a flow": ("a bracket that is never closed, or a missing comma", _CLOSE),
    "could not find expected ':'": (
        "a key without its colon, here or in the line above",
        "write `key: value`",
    ),
    "while scanning an alias": ("a text that begins with *", _QUOTE),
    "found undefined alias": ("a text that begins with *", _QUOTE),
    "while scanning an anchor": ("a text that begins with &", _QUOTE),
    "while scanning a directive": ("a text that begins with %", _QUOTE),
    "while scanning a tag": ("a text that begins with !", _QUOTE),
    "determine a constructor for the tag": ("a text that begins with !", _QUOTE),
    "that cannot start any token": ("a text that begins with @, ` or %", _QUOTE),
    "expected a single document": ("a line --- within the file", "remove the line"),
    "special characters are not allowed": ("a character that cannot be printed", "remove it"),
    "expected <block end>": ("a line indented less or more than its neighbours", _INDENT),
}
# In front of a line: what looks like a space, a no-break space for one, and is none to YAML.
_ODD_SPACE = re.compile(r" *(?![ \t])\s")
_COLON = re.compile(r":(?:\s|$)")


def broken_yaml(error: yaml.YAMLError, text: str, where: str) -> UserError:
    """Return the error of a text that is no YAML, with its line and the likely cause.

    where : the file, as the user wrote it
    """
    lines = lines_of(text)
    mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    place = mark or opened
    index = 0 if place is None else min(place.line, len(lines) - 1)
    cause, fix = _cause(str(error), lines[index], lines[index - 1] if index else "")
    # A text for YAML, as copied from a page or a chat, so that what follows it is out of place.
    if (odd := next((k for k, one in enumerate(lines) if _ODD_SPACE.match(one)), None)) is not None:
        index, cause, fix = odd, "a space of another kind in front of it", _INDENT
    if fix == _CLOSE and opened is not None:
        index = opened.line  # where it ends being read is often the end of the file
    line = " ".join(lines[index].split())
    return UserError(
        f"{where}, line {index + 1}",
        "YAML: a key, a colon, a space and a value",
        f"{line[:120]!r}; likely {cause}",
        fix,
    )


def _cause(message: str, line: str, above: str) -> tuple[str, str]:
    if any("\t" in one[: len(one) - len(one.lstrip())] for one in (line, above)):
        return "a tab in front of it", _INDENT
    if "mapping values are not allowed" in message:
        return _of_a_colon(line, above)
    if "expected <block end>" in message and re.search(r": *['\"]", line):
        return "a quotation mark inside a text in quotes", "write it twice, or use the other kind"
    found = (known for part, known in _CAUSES.items() if part in message)
    return next(found, (message.splitlines()[0], _INDENT))


def _of_a_colon(line: str, above: str) -> tuple[str, str]:
    """Tell apart what makes YAML meet a colon where it expects none."""
    if len(_COLON.findall(line)) > 1:
        return "a colon inside a text", _QUOTE
    if re.match(r"\s*[\w-]+:\S", above):
        return "a colon without a space after it, in the line above", "write `key: value`"
    return "a line indented further than the one above, which has a value", _INDENT
