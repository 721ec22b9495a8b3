"""Which files of a folder are channels of one image, by their names or by their folders' names."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

from cytoforge.new.folder_files import stem

# What is not a channel although it ends the names of files: time, plane, field, site, image, row.
_NO_CHANNEL = re.compile(
    r"(t|z|f|s|i|r|x|y|p|img|pos|well|field|site|time|frame|day|h)?-?\d+h?", re.I
)
# How names tell a channel: numbered behind (MetaXpress, CellVoyager, Zen) or before (ImageJ's
# split), its filters in brackets (IN Cell), or a word behind.
_LAST_WORD = re.compile(r"^(?P<field>.+)[_\-. ](?P<channel>[^_\-. ]+)$")
_PATTERNS = (
    re.compile(r"^(?P<field>.+?)(?:[_\-. ]|(?<=\d))(?P<channel>(?:ch|c|d|w)\d\d?)$", re.I),
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


def channel_files(files: Sequence[Path]) -> ByChannel | None:
    """Return the files of each image by channel, where names or folders tell a few channels.

    An image that lacks a channel is left out; where many do, the ends of the names are something
    else: None then.

    >>> found = channel_files([Path(f"{n}_{c}.tif") for n in "ab" for c in ("dna", "actin")])
    >>> {image: list(by_channel) for image, by_channel in found.items()}
    {'a': ['dna', 'actin'], 'b': ['dna', 'actin']}
    >>> channel_files([Path("well_t0.tif"), Path("well_t24.tif")]) is None
    True
    """
    for images in _divisions(files):
        whole = _complete(images)
        if whole:
            return {Path(name).name: channels for name, channels in whole.items()}
    return None


def _divisions(files: Sequence[Path]) -> Iterator[ByChannel]:
    """Yield the files by image and channel, for each way in which all of them can be told."""
    names = [_IDENTIFIER.sub("", stem(path)) for path in files]
    for pattern, plain in product(_PATTERNS, (names, _without_shared_word(names))):
        matches = [pattern.match(name) for name in plain]
        told = [m for m in matches if m and not _is_no_channel(pattern, m["channel"])]
        if len(told) == len(files):
            images: ByChannel = defaultdict(dict)
            for path, match in zip(files, told, strict=True):
                field = match["field"] + (")" if "(" in match["field"] else "")
                images[str(path.with_name(field))][match["channel"]] = path
            if sum(map(len, images.values())) == len(files):
                yield images
    folders = {path.parent.name for path in files}
    if 2 * sum(_CHANNEL_FOLDER.fullmatch(name) is not None for name in folders) >= len(folders):
        images = defaultdict(dict)
        for path in files:
            images[str(path.parent.parent / stem(path))][path.parent.name] = path
        yield images


def _is_no_channel(pattern: re.Pattern[str], word: str) -> bool:
    return pattern is _LAST_WORD and _NO_CHANNEL.fullmatch(word) is not None


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
    same_name = len({Path(name).name for name in whole}) < len(whole)
    if same_name or not 2 <= len(channels) <= _MOST_CHANNELS:
        return None
    return whole if len(whole) >= (1 - _MOST_LACKING) * len(images) else None
