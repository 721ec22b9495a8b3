"""Which files of a folder are channels of one image, by their names or by their folders' names."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

from cytoforge.new.folder_files import stem
from cytoforge.new.frame_names import is_time_or_plane

# What is not a channel although it ends the names of files: time, plane, field, site, image, row,
# and what was done to a sample.
_NO_CHANNEL = re.compile(
    r"(t|z|f|s|i|r|x|y|p|img|pos|well|field|site|time|frame|day|h|rep|repeat)?-?\d+h?"
    r"|before|after|pre|post|control|ctrl|treated|untreated|left|right|top|bottom",
    re.I,
)
# How names tell a channel: numbered behind (MetaXpress, CellVoyager, Zen), before (ImageJ's split)
# or before site and time (MetaMorph, Micro-Manager, Opera), its filters in brackets (IN Cell), or a
# word behind.
_LAST_WORD = re.compile(r"^(?P<field>.+)[_\-. ](?P<channel>[^_\-. ]+)$")
_PATTERNS = (
    re.compile(r"^(?P<field>.+?)(?:[_\-. ]|(?<=\d))(?P<channel>(?:ch|c|d|w)\d\d?)$", re.I),
    re.compile(
        r"^(?P<field>.+?)[_\-. ](?P<channel>(?:w|c|ch|channel)\d{1,3}[a-z0-9]*)"
        r"(?P<rest>(?:[_\-. ](?:s|t|z|f|p|site|position|pos|time)\d+)+)$",
        re.I,
    ),
    re.compile(r"^(?P<field>.+?)-(?P<channel>ch\d\d?)(?P<rest>sk\d+fk\d+fl\d+)$", re.I),
    re.compile(r"^(?P<channel>c\d)-(?P<field>.+)$", re.I),
    re.compile(r"^(?P<field>.+) wv (?:[^()]* )?(?P<channel>[^() ]+)\)$", re.I),
    _LAST_WORD,
)
# MetaXpress ends names with an identifier of the file.
_IDENTIFIER = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$", re.I)
# Folders that hold a channel each; half of them are told by names as these.
_CHANNEL_FOLDER = re.compile(
    r"(ch|c|d|w|channel)[_\- ]?\d\d?|red|green|blue|nucle(us|i)|membranes?|phase|bf|brightfield"
    r"|.*(dna|dapi|hoechst|draq|h2b|actin|phalloidin|tubulin|[egy]fp|mcherry|rfp|cy[357]|fitc|tritc"
    r"|alexa|texas).*",
    re.I,
)
_MOST_CHANNELS = 8
# One image without one of its channels is left out; where more than a quarter lack some, the ends
# of the names are something else.
_MOST_LACKING = 0.25

ByChannel = dict[str, dict[str, Path]]


def channel_files(files: Sequence[Path], named: bool = False) -> ByChannel | None:
    """Return the files of each image by channel, where names or folders tell a few channels.

    An image that lacks a channel is left out; where many do, the ends of the names are something
    else: None then.

    named : whether a last word counts only where half of them are called as dyes and filters are:
        pictures that are no fluorescence have other last words

    >>> found = channel_files([Path(f"{n}_{c}.tif") for n in "ab" for c in ("dna", "actin")])
    >>> {image: list(by_channel) for image, by_channel in found.items()}
    {'a': ['dna', 'actin'], 'b': ['dna', 'actin']}
    >>> channel_files([Path("well_t0.tif"), Path("well_t24.tif")]) is None
    True
    """
    for images in _divisions(files, named):
        whole = _complete(images)
        if whole:
            names = _plain_names(list(whole))
            return dict(zip(names, whole.values(), strict=True))
    return None


def _plain_names(paths: Sequence[str]) -> list[str]:
    """Return names without folders, with that of the folder where two would be one."""
    names = [Path(path).name for path in paths]
    if len(set(names)) == len(names):
        return names
    return [f"{Path(path).parent.name}_{Path(path).name}" for path in paths]


def _divisions(files: Sequence[Path], named: bool) -> Iterator[ByChannel]:
    """Yield the files by image and channel, for each way in which all of them can be told."""
    names = [_IDENTIFIER.sub("", stem(path)) for path in files]
    for pattern, plain in product(_PATTERNS, (names, _without_shared_word(names))):
        matches = [pattern.match(name) for name in plain]
        told = [m for m in matches if m and not _is_no_channel(pattern, m["channel"])]
        words = [match["channel"] for match in told]
        if len(told) == len(files) and not (named and pattern is _LAST_WORD and not _known(words)):
            images: ByChannel = defaultdict(dict)
            for path, match in zip(files, told, strict=True):
                field = match["field"] + (")" if "(" in match["field"] else "")
                field += match.groupdict().get("rest") or ""
                images[str(path.with_name(field))][match["channel"]] = path
            if sum(map(len, images.values())) == len(files):
                yield images
    yield from _of_folders(files, names)


def _of_folders(files: Sequence[Path], names: Sequence[str]) -> Iterator[ByChannel]:
    """Yield the files by image and channel where folders are channels, or are images that hold a
    file called like each channel."""
    if _known([path.parent.name for path in files]):
        images: ByChannel = defaultdict(dict)
        for path in files:
            images[str(path.parent.parent / stem(path))][path.parent.name] = path
        yield images
    numbered = any(re.search(r"[_\-. ]\d+$", name) for name in names)  # fields, not channels
    if _known(names) and not numbered and len({path.parent for path in files}) > 1:
        images = defaultdict(dict)
        for path, name in zip(files, names, strict=True):
            images[str(path.parent)][name] = path
        yield images


def _known(words: Sequence[str]) -> bool:
    """Return whether half of the words are called as channels are."""
    different = set(words)
    return 2 * sum(_CHANNEL_FOLDER.fullmatch(word) is not None for word in different) >= len(
        different
    )


def _is_no_channel(pattern: re.Pattern[str], word: str) -> bool:
    return pattern is _LAST_WORD and (
        _NO_CHANNEL.fullmatch(word) is not None or is_time_or_plane(word)
    )


def _without_shared_word(names: Sequence[str]) -> Sequence[str]:
    """Return names without a last word that all of them share.

    >>> _without_shared_word(["Snap-1_c1_ORG", "Snap-1_c2_ORG"])
    ['Snap-1_c1', 'Snap-1_c2']
    """
    words = [re.search(r"[_\-. ][^_\-. ]+$", name) for name in names]
    shared = {word[0] if word else "" for word in words}
    return [name.removesuffix(*shared) for name in names] if len(shared) == 1 else names


def _complete(images: Mapping[str, dict[str, Path]]) -> ByChannel | None:
    channels = {name for by_channel in images.values() for name in by_channel}
    whole = {name: one for name, one in images.items() if set(one) == channels}
    names = _plain_names(list(whole))
    if len(set(names)) < len(names) or not 2 <= len(channels) <= _MOST_CHANNELS:
        return None
    return whole if len(whole) >= (1 - _MOST_LACKING) * len(images) else None
