"""Objects by name: what a segmentation gives, and which regions a label map can make of it.

Needs no array, so that a table of levels is checked when the config is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["instances", "mask"]
GAP = "gap"
# Regions that every label map can have: code 0, and what no object covers.
EVERYWHERE = (GAP, "background")


@dataclass(frozen=True)
class ObjectType:
    """What is known of all objects of one name before any image is read.

    Attributes
    ----------
    kind : `instances`, each object with an id of its own, or one `mask`
    within : the objects that these lie in and whose ids they share, at most one in each
    """

    kind: Kind = "instances"
    within: str | None = None


CELLS_AND_NUCLEI = {"nuclei": ObjectType(within="cells"), "cells": ObjectType()}
_USUAL = {**CELLS_AND_NUCLEI, GAP: ObjectType("mask")}
_SINGULAR = {"nuclei": "nucleus", "cells": "cell"}


def usual_type(name: str) -> ObjectType:
    """Return what objects of that name are unless a segmentation says otherwise.

    >>> usual_type("nuclei")
    ObjectType(kind='instances', within='cells')
    >>> usual_type("spots")
    ObjectType(kind='instances', within=None)
    """
    return _USUAL.get(name, ObjectType())


def singular(name: str) -> str:
    """Return the word for one object, as regions and diameters are named; other names as given.

    >>> singular("nuclei"), singular("spots")
    ('nucleus', 'spots')
    """
    return _SINGULAR.get(name, name)


def region_names(objects: Mapping[str, ObjectType]) -> tuple[str, ...]:
    """Return the regions that a label map can make of these objects.

    Instances give a region of their name and one of their rims, a mask one of its name; cells
    give their cytoplasm too.

    >>> region_names({**CELLS_AND_NUCLEI, "gap": ObjectType("mask")})
    ('gap', 'background', 'cytoplasm', 'nucleus', 'nucleus_rim', 'cell', 'cell_rim')
    >>> region_names({"spots": ObjectType()})
    ('gap', 'background', 'spots', 'spots_rim')
    """
    names = [*EVERYWHERE, *(["cytoplasm"] if "cells" in objects else [])]
    for name, described in objects.items():
        if name != GAP:
            names.append(singular(name))
            names += [f"{singular(name)}_rim"] if described.kind == "instances" else []
    return tuple(names)
