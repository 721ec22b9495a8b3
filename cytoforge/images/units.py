"""Numbers and units of length as microscopes, scanners and programs write them."""

import re
import unicodedata
from numbers import Real

# Keys are as NFKC leaves them: both code points of the micro sign become the Greek mu, the sign of
# angstrom the letter, and the square signs (㎛, ㎚) two letters.
_SYMBOLS = {
    "fm": 1e-9,
    "pm": 1e-6,
    "Å": 1e-4,
    "nm": 1e-3,
    "μm": 1.0,
    "um": 1.0,
    "μ": 1.0,
    "мкм": 1.0,
    "нм": 1e-3,
    "мм": 1e3,
    "thou": 25.4,
    "pt": 25_400 / 72,
    "mm": 1e3,
    "cm": 1e4,
    "dm": 1e5,
    "m": 1e6,
    "in": 25_400.0,
    '"': 25_400.0,
}
_NAMES = {
    "picomet": 1e-6,
    "angstr": 1e-4,
    "nanomet": 1e-3,
    "micromet": 1.0,
    "μmet": 1.0,
    "micron": 1.0,
    "mikromet": 1.0,
    "mikron": 1.0,
    "millimet": 1e3,
    "centimet": 1e4,
    "met": 1e6,
    "inch": 25_400.0,
}
_ENDING = "(er|re|ro|ri|om)?(s|es)?"
# In capitals mm, nm and so on are what they are in small letters; these two are units of OME.
_MEGA_AND_PETA = {"Mm", "Pm"}


def micrometres(unit: str) -> float | None:
    r"""Return micrometres per unit; None for what is no length (`pixel`, `reference frame`).

    >>> micrometres("µm"), micrometres("nanometers"), micrometres("Micron"), micrometres(r"\u00B5m")
    (1.0, 0.001, 1.0, 1.0)
    """
    # ImageJ writes a letter that is not ASCII as six characters, and others escape them again;
    # UTF-8 that was read as Latin-1 begins with Â.
    plain = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), unit)
    plain = plain.replace("Â", "").replace("\0", "")
    text = unicodedata.normalize("NFKC", plain)
    text = re.split(r"/|\bper\b", text)[0].strip(" .[]()")  # µm/px is a length per pixel
    if text in _SYMBOLS:
        return _SYMBOLS[text]
    small = text.casefold()
    if small in _SYMBOLS and text not in _MEGA_AND_PETA:
        return _SYMBOLS[small]
    letters = unicodedata.normalize("NFKD", small)  # accents apart: mètre, Ångström
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    for name, length in _NAMES.items():
        if re.fullmatch(name + _ENDING, bare):
            return length
    return None


def both_sides(*sides: tuple[object, float | None]) -> tuple[float, float] | None:
    """Return width and height of a pixel in micrometres, or None where they are not known.

    A side that is left out is as long as the other: programs that know of square pixels alone
    name one. A side that is no number (`0,5`), or counted in what is no length (pixels, seconds of
    a line scan), is not known, and pixels with such a side need not be square.

    Parameters
    ----------
    sides : of the width, then the height: its length as it is written (None, 0 and an empty text:
        left out) and micrometres per unit (None: the unit is no length)

    >>> both_sides((250, 1e-3)), both_sides((0, 1.0), (0.5, 1.0)), both_sides((1, 1.0), (2, None))
    ((0.25, 0.25), (0.5, 0.5), None)
    """
    told = [side for side in sides if side[0] not in (None, "") and _number(side[0]) != 0]
    lengths = [(positive(value), unit_um) for value, unit_um in told]
    known = [value * unit_um for value, unit_um in lengths if value and unit_um]
    return (known[0], known[-1]) if known and len(known) == len(told) else None


def positive(value: object) -> float | None:
    """Return a number that can be a length, finite and above 0, or None for anything else.

    Texts are read as Python reads them: `0,5` is no number, since `1,500` could be two.
    """
    number = _number(value)
    return number if number is not None and 0 < number < float("inf") else None


def _number(value: object) -> float | None:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, bool) or not isinstance(value, str | Real):
        return None
    try:
        return float(value.strip("\0 ") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
