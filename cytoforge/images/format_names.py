"""Which file formats there are, and whose reader a file's name asks for.

Rules look here, so no reader is imported: they load libraries of their formats.
"""

from pathlib import Path

FOLDER = Path(__file__).parent / "formats"
# Endings that are not the name of their format's module.
ENDINGS = {"tif": "tiff", "svs": "tiff", "btf": "tiff", "tf8": "tiff", "jpg": "jpeg", "jpe": "jpeg"}


def format_names() -> tuple[str, ...]:
    """Return the names of the modules of `cytoforge.images.formats`, sorted.

    >>> format_names()
    ('jpeg', 'png', 'tiff')
    """
    return tuple(sorted({path.stem for path in FOLDER.glob("*.py")} - {"__init__"}))


def formats_of(path: str) -> tuple[str, ...]:
    """Return the format that a file's ending names, or all where it names none.

    Rules follow the code of these. What a file is read as is told by its first bytes.

    >>> formats_of("plate/B5.ome.TIF"), formats_of("scan")
    (('tiff',), ('jpeg', 'png', 'tiff'))
    """
    ending = Path(path).suffix[1:].lower()
    name = ENDINGS.get(ending, ending)
    return (name,) if name in format_names() else format_names()
