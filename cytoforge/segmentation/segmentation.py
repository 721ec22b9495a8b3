"""What every segmentation method gives: named planes of objects."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cytoforge.config.objects import Kind
from cytoforge.errors import UserError
from cytoforge.segmentation.classes import ClassPlane


@dataclass(frozen=True)
class ObjectPlane:
    """The objects of one name in one image.

    Attributes
    ----------
    array : ndarray of shape (Y, X): int32 instance labels, 0 is background; or a bool mask
    diameter_px : typical diameter, given or estimated; None where it is not known
    within : name of the plane whose ids these objects share: each lies in the object of the same
        id there, which holds at most one
    classes : of the objects, where the method tells them into classes
    confidence : how sure the method is that each pixel's object is one, float32 (Y, X) in [0, 1], 0
        where there is none; None where the method does not say
    """

    array: np.ndarray
    diameter_px: float | None = None
    within: str | None = None
    classes: ClassPlane | None = None
    confidence: np.ndarray | None = None

    @property
    def kind(self) -> Kind:
        """`mask` for bool, `instances` for integers."""
        return "mask" if self.array.dtype == np.bool_ else "instances"

    def crop(self, box: tuple[slice, slice]) -> "ObjectPlane":
        """Return a rectangle of it; ids stay as they are."""
        classes = self.classes and self.classes.crop(box)
        sure = None if self.confidence is None else self.confidence[box]
        return replace(self, array=self.array[box], classes=classes, confidence=sure)

    @property
    def confidences(self) -> np.ndarray | None:
        """The confidence of each object in the order of their ids, float32 (n,)."""
        if self.confidence is None:
            return None
        inside = np.flatnonzero(self.array)
        ids, first = np.unique(self.array.ravel()[inside], return_index=True)
        found: np.ndarray = self.confidence.ravel()[inside[first]]
        return found if len(ids) else np.empty(0, np.float32)


@dataclass(frozen=True)
class Segmentation:
    """All that was found in one image.

    Attributes
    ----------
    objects : planes of one shape, by name, e.g. nuclei, cells and gap
    method : what made it, for the provenance, e.g. "watershed" or "cellpose 3.1.1.3, model cyto3"

    Raises
    ------
    UserError : no plane at all, or planes of different shapes
    """

    objects: Mapping[str, ObjectPlane]
    method: str

    def __post_init__(self) -> None:
        shapes = {name: plane.array.shape for name, plane in self.objects.items()}
        if len(set(shapes.values())) != 1 or len(self.shape) != 2:
            raise UserError(
                where="segmentation",
                expected="at least one object plane, all of one shape (Y, X)",
                found=", ".join(f"{name} {shape}" for name, shape in shapes.items()) or "none",
            )

    def __getitem__(self, name: str) -> np.ndarray:
        """Return the array of the objects of that name; UserError where there are none."""
        if name not in self.objects:
            raise UserError(
                where=f"segmentation by {self.method}",
                expected=f"a plane of {name}",
                found=f"planes of {', '.join(self.objects)}",
                fix=f"choose a segmentation with {name}, or a table of levels without them",
            )
        return self.objects[name].array

    def __contains__(self, name: str) -> bool:
        """Whether there is a plane of that name."""
        return name in self.objects

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width in px."""
        shape: tuple[int, ...] = next(iter(self.objects.values())).array.shape
        return shape

    @property
    def instances(self) -> dict[str, np.ndarray]:
        """The instance labels by name, int32 (Y, X): objects before those that lie within them."""
        named = [item for item in self.objects.items() if item[1].kind == "instances"]
        return {name: p.array for name, p in sorted(named, key=lambda item: bool(item[1].within))}

    @property
    def masks(self) -> dict[str, np.ndarray]:
        """The masks by name, bool (Y, X)."""
        return {name: p.array for name, p in self.objects.items() if p.kind == "mask"}

    @property
    def main_object(self) -> str:
        """The objects that are measured one by one: the first that lie in no others, e.g. cells."""
        return next(iter(self.instances))

    def with_arrays(self, arrays: Mapping[str, np.ndarray]) -> "Segmentation":
        """Return the same planes with other arrays for some of them."""
        changed = {name: replace(self.objects[name], array=a) for name, a in arrays.items()}
        return replace(self, objects={**self.objects, **changed})

    def crop(self, row0: int, row1: int, col0: int, col1: int) -> "Segmentation":
        """Return a rectangle of it; ids stay as they are."""
        box = np.s_[row0:row1, col0:col1]
        objects = {name: plane.crop(box) for name, plane in self.objects.items()}
        return Segmentation(objects, self.method)
