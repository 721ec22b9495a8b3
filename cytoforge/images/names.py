"""Names of images: they become file names and Snakemake wildcards, so they stay plain, and no two
images of a set share one, not even where case does not count."""

import re
from collections.abc import Iterable
from itertools import count, pairwise, product
from pathlib import Path

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
MAX_LENGTH = 80
NAME_RULE = (
    f"use letters (a–z), digits, _ and -, starting with a letter or digit, at most {MAX_LENGTH}"
)


def is_name(text: str) -> bool:
    """Return whether this may be the name of an image.

    >>> is_name("plate1_B5-t24"), is_name("plate 1"), is_name("../plate1")
    (True, False, False)
    """
    return len(text) <= MAX_LENGTH and re.fullmatch(NAME_PATTERN[1:-1], text) is not None


def plain_name(text: str) -> str:
    """Return a name with `_` for dots, where that makes it one; any other text as it is.

    A dot would begin an ending (.ome.tif) in the names of files that are made of it.

    >>> plain_name("B5.t24"), plain_name(".."), plain_name("plate 1.2")
    ('B5_t24', '..', 'plate 1.2')
    """
    plain = text.replace(".", "_")
    return plain if is_name(plain) else text


def usable_name(text: str) -> str:
    """Return a name like this text, empty where nothing of it can be one.

    >>> usable_name("field 1 (ä)"), usable_name("../up"), usable_name("µ")
    ('field_1', 'up', '')
    """
    return re.sub(r"[^A-Za-z0-9-]+", "_", text[: 2 * MAX_LENGTH]).strip("_-")[:MAX_LENGTH]


def plain_stem(path: str) -> str:
    """Return a file's name without endings, with `_` for every run of other characters.

    >>> plain_stem("raw/PANC - 1_I_012301.ome.tif")
    'PANC_-_1_I_012301'
    """
    stem = re.sub(r"(\.ome\.[^.]*|\.nii\.gz|\.[^.]*)$", "", Path(path).name, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9_-]+", "_", stem)


def plane_suffix(plane: dict[str, int], planes: list[dict[str, int]]) -> str:
    """Return e.g. `_t003_z01`: time first, enough digits for the whole stack.

    >>> plane_suffix({"t": 3, "z": 1}, [{"t": 3, "z": 1}])
    '_t003_z01'
    """
    suffix = ""
    for axis, digits in (("t", 3), ("z", 2), ("y", 2), ("x", 2)):
        if axis in plane:
            digits = max(digits, len(str(max(other[axis] for other in planes))))
            suffix += f"_{axis}{plane[axis]:0{digits}d}"
    return suffix


def sample_mark(names: Iterable[str]) -> str:
    """Return what stands between a map's name and the number of a further sample.

    That is `_s`, or a longer one where a map's own name ends so: of maps `a` and `a_s1` sample 1 of
    the first is `a_ss1`.

    >>> sample_mark(["a", "b"]), sample_mark(["a", "a_s1"]), sample_mark(["a_s1", "A_SS2"])
    ('_s', '_ss', '_sss')
    """
    ends = [re.search(r"_(s+)\d+$", name, re.IGNORECASE) for name in names]
    taken = {len(end[1]) for end in ends if end}
    return "_" + "s" * next(n for n in range(1, len(taken) + 2) if n not in taken)


def union_mark(sets: Iterable[str], names: Iterable[str]) -> str:
    """Return what stands between a set's name and an image's, where sets are taken together.

    That is `_`, or something else where the name of a set, or of an image that keeps its own,
    begins with that of another set and `_`.

    sets : names of the sets taken together
    names : names of images that get no set's name in front of them

    >>> union_mark(["drawn", "made"], ["a"]), union_mark(["a", "a_b"], [])
    ('_', '-')
    """
    own = {name.casefold() for name in names}
    starts = [name.casefold() for name in sets]
    marks = ("".join(mark) for length in count(1) for mark in product("_-", repeat=length))
    return next(mark for mark in marks if not _meet([name + mark for name in starts], own))


def _meet(starts: list[str], names: set[str]) -> bool:
    """Return whether one start begins with another, or a name with one of them."""
    ordered = sorted(starts)  # what begins alike is neighbours
    return any(b.startswith(a) for a, b in pairwise(ordered)) or any(
        name.startswith(tuple(starts)) for name in names
    )
