"""Where a text stops being YAML, and the likely cause in the words of somebody who wrote it."""

import re

import yaml

from cytoforge.errors import UserError
from cytoforge.jobs.text_file import lines_of

_QUOTE = 'put the text in quotes, e.g. title: "Kc167: three models"'
_INDENT = "indent with spaces, the keys of one section equally far"
_CLOSE = "close it"

_COLON_FIRST = "write `key: value`"

# A part of PyYAML's message → the likely cause, and what to do; the first that fits.
_CAUSES = {
    r"found character '\t'": ("a tab within it", "put spaces in the place of tabs"),
    "unknown escape character": (
        "a backslash in double quotes",
        "write paths with /, or put the text in single quotes",
    ),
    "while scanning a quoted scalar": ("a quotation mark that is never closed", _CLOSE),
    "while scanning a double-quoted scalar": (
        "a backslash in double quotes",
        "put the text in single quotes",
    ),
    "while parsing a flow": ("a bracket that is never closed, or a missing comma", _CLOSE),
    "found unhashable key": ("a name in brackets", _QUOTE),
    "could not find expected ':'": (
        "a key without its colon, here or in the line above",
        _COLON_FIRST,
    ),
    "while scanning a block scalar": ("a text that begins with | or >", _QUOTE),
    "while scanning an alias": ("a text that begins with *", _QUOTE),
    "found undefined alias": ("a text that begins with *", _QUOTE),
    "while scanning an anchor": ("a text that begins with &", _QUOTE),
    "while scanning a directive": ("a text that begins with %", _QUOTE),
    "while scanning a tag": ("a text that begins with !", _QUOTE),
    "determine a constructor for the tag": ("a text that begins with !", _QUOTE),
    "that cannot start any token": ("a text that begins with @, ` or %", _QUOTE),
    "expected a single document": ("a line --- within the file", "remove the line"),
    "special characters are not allowed": ("a character that cannot be printed", "remove it"),
    "sequence entries are not allowed": ("a list behind its key", "begin the list on a new line"),
    "but found '-'": ("an item of a list among keys", "indent it below its key"),
    "while parsing a block collection": ("a key among the items of a list", _INDENT),
    "expected <block end>": ("a line indented less or more than its neighbours", _INDENT),
}
# In front of a line: what looks like a space, a no-break space for one, and is none to YAML.
_ODD_SPACE = re.compile(r" *(?![ \t])\s")
_COLON = re.compile(r":(?:\s|$)")
# Where YAML ends a line, and an editor may not: copied from a page or a chat.
_SEPARATOR = re.compile("[\x85\u2028\u2029]")
_SEPARATED = (
    "a line separator that looks like a space, as pages and chats have it",
    "put a space in its place",
)
_CONFLICT = re.compile(r"(<{7}|>{7})( |$)")
# What a line looks like → the cause of all that follows it, wherever YAML stumbles.
_ODD_LINES = (
    (_CONFLICT, "the marks of a merge that Git could not do", "choose one side, remove them"),
    (_ODD_SPACE, "a space of another kind in front of it", _INDENT),
)
_BRACKETS = re.compile(r":\s+(\[[^][]*\]|\{[^{}]*\})\s*[^\s#]")


def broken_yaml(error: yaml.YAMLError, text: str, where: str) -> UserError:
    """Return the error of a text that is no YAML, with its line and the likely cause.

    where : the file, as the user wrote it
    """
    # YAML's lines, with the number that an editor gives each.
    numbered = [
        (n, part) for n, one in enumerate(lines_of(text), 1) for part in _SEPARATOR.split(one)
    ]
    lines = [part for _, part in numbered]
    mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    place = mark or opened
    index = 0 if place is None else min(place.line, len(lines) - 1)
    cause, fix = _cause(str(error), lines[index], lines[index - 1] if index else "")
    # Where a text or a key without its colon ends being read is often the end of the file.
    if fix in (_CLOSE, _COLON_FIRST) and opened is not None:
        index = opened.line
    while index and not lines[index].strip():  # what is missing is missed at the end
        index -= 1
    number, line = numbered[index]
    if sum(n == number for n, _ in numbered) > 1:
        cause, fix = _SEPARATED
    for pattern, said, done in _ODD_LINES:
        if odd := next((one for one in numbered if pattern.match(one[1])), None):
            (number, line), cause, fix = odd, said, done
            break
    return UserError(
        f"{where}, line {number}",
        "YAML: a key, a colon, a space and a value",
        f"{' '.join(line.split())[:120]!r}; likely {cause}",
        fix,
    )


def _cause(message: str, line: str, above: str) -> tuple[str, str]:
    if any("\t" in one[: len(one) - len(one.lstrip())] for one in (line, above)):
        return "a tab in front of it", _INDENT
    if "mapping values are not allowed" in message:
        return _of_a_colon(line, above)
    if "expected <block end>" in message:
        if re.search(r": *['\"]", line):
            fix = "write it twice, or use the other kind"
            return "a quotation mark inside a text in quotes", fix
        if re.search(r"but found '[]}]'", message):
            return "a bracket closed once too often", "remove it"
        if _BRACKETS.search(line):
            return "a text that begins with a bracket", _QUOTE
    found = (known for part, known in _CAUSES.items() if part in message)
    return next(found, (message.splitlines()[0], _INDENT))


def _of_a_colon(line: str, above: str) -> tuple[str, str]:
    """Tell apart what makes YAML meet a colon where it expects none."""
    if len(_COLON.findall(line)) > 1:
        return "a colon inside a text", _QUOTE
    if re.match(r"\s*[\w-]+:\S", above):
        return "a colon without a space after it, in the line above", _COLON_FIRST
    if above.strip() and not _COLON.search(above):
        return "a key without its colon, in the line above", _COLON_FIRST
    return "a line indented further than the one above, which has a value", _INDENT
