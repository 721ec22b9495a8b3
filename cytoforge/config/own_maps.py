"""Config of label maps that the user has: classes drawn, exported or made by another tool."""

import re
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator

from cytoforge.config.base import Name, Once, Section

# What stands for the pixels that no outline covers.
OUTSIDE = "outside"
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# A label map is stored in 8 bits.
MOST_CLASSES = 256

Value = (
    Annotated[int, Field(strict=True, ge=-(2**63), lt=2**64)]
    | Annotated[str, StringConstraints(min_length=1, max_length=200)]
)
"""What a map has for a class: a whole number, a colour such as "#ff0000", a name of outlines."""


class OwnMapConfig(Section):
    """A label map that the user has, one file per image, named in a column of samples.tsv."""

    column: str
    """Column of samples.tsv with the path of each image's label map: whole numbers of any depth,
    masks or colours (.tif, .tiff, .png, .npy), outlines of ImageJ (.roi, .zip) or GeoJSON as
    QuPath writes it (.geojson, .json)."""
    classes: str | dict[Name, Value | Annotated[tuple[Value, ...], Once]]
    """What the values mean: a table of columns `value`, `class` and, if wanted, `colour`; or
    values by class, `{ground: 0, tumour: [1, 2], vessel: "#ff0000"}` (colours in quotation
    marks). `outside` stands for what no outline covers. The order is that of the classes; on the
    way out a class has its first value again."""
    instances: Name | None = None
    """Segmentation whose objects are those in the map, for models that learn instances: e.g. one of
    `method: labels` with a number per nucleus, where the map has the class of each. Null: every
    connected piece of a class is an object."""

    @property
    def n_layers(self) -> int:
        """None: layers divide the cells of a segmentation."""
        return 0

    @property
    def shares_bounds(self) -> bool:
        """Nor are there bounds between layers."""
        return False

    @field_validator("classes", mode="before")
    @classmethod
    def _said_plainly(cls, classes: Any) -> Any:
        """Refuse what is no table at all; the members of a union would each complain."""
        if not isinstance(classes, dict | str):
            raise ValueError("the path of a table, or values by class, e.g. {ground: 0, cell: 1}")
        if isinstance(classes, str):
            return classes
        empty = [str(name) for name, value in classes.items() if value in (None, "", [], ())]
        if empty:
            raise ValueError(
                f"no value for {', '.join(empty)}; a colour stands in quotation marks"
                ' ("#ff0000"): without them # begins a comment'
            )
        if len(classes) < 2 or len(classes) > MOST_CLASSES:
            raise ValueError(f"needs 2 to {MOST_CLASSES} classes, not {len(classes)}")
        return classes


def is_colour(value: int | str) -> bool:
    """Return whether a value is a colour.

    >>> is_colour("#ff8000"), is_colour("tumour"), is_colour(7)
    (True, False, False)
    """
    return isinstance(value, str) and COLOUR.fullmatch(value) is not None
