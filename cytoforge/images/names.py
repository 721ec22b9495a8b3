"""Names of images: they become file names and Snakemake wildcards, so they stay plain."""

import re
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


def plain_stem(path: str) -> str:
    """Return a file's name without endings, with `_` for every run of other characters.

    >>> plain_stem("raw/PANC - 1_I_012301.ome.tif")
    'PANC_-_1_I_012301'
    """
    stem = re.sub(r"(\.ome)?\.[^.]*$", "", Path(path).name, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9_-]+", "_", stem)


def plane_suffix(plane: dict[str, int], planes: list[dict[str, int]]) -> str:
    """Return e.g. `_t003_z01`: time first, enough digits for the whole stack.

    >>> plane_suffix({"t": 3, "z": 1}, [{"t": 3, "z": 1}])
    '_t003_z01'
    """
    suffix = ""
    for axis, digits in (("t", 3), ("z", 2)):
        if axis in plane:
            digits = max(digits, len(str(max(other[axis] for other in planes))))
            suffix += f"_{axis}{plane[axis]:0{digits}d}"
    return suffix
