"""Config of the pixel classifier: what scribbles mean, and what is learned from them."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from cytoforge.config.base import Name, number
from cytoforge.config.objects import CELLS_AND_NUCLEI, GAP, ObjectType, usual_type
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import UserError

BACKGROUND, CELL, NUCLEUS = "background", "cell", "nucleus"
Value = Annotated[int, Field(ge=1, le=2**31 - 1)]
Scale = Annotated[float, Field(gt=0, le=100)]
# What the classifier depends on; all else concerns what is made of its classes.
LEARNING = ("values", "scales_px", "trees", "most_pixels")


class PixelsConfig(SegmentationBase):
    """A random forest that learns from a few scribbles which pixels are cell, gap or anything."""

    method: Literal["pixels"] = "pixels"
    """Classes of pixels learned from scribbles on training images, all channels seen; their pieces,
    split where they are narrow, are the objects."""
    scribbles_column: str = "scribbles"
    """Column of samples.tsv with the path of an image's scribbles: a TIFF or PNG of its size with
    the numbers of `values`, 0 where nothing is said. A few images are enough; those of val and test
    teach nothing."""
    values: dict[Value, Name] = Field({1: BACKGROUND, 2: CELL}, min_length=2, max_length=255)
    """What each number in the scribbles stands for: `background`, `cell`, `nucleus`, `gap`, or a
    name of yours, whose pixels become a mask of that name (a `region` for label maps). Several
    numbers may stand for one."""
    scales_px: tuple[Scale, ...] = Field(
        (0.3, 0.7, 1, 1.6, 3.5, 5, 10), min_length=1, max_length=20
    )
    """Widths of the Gaussians through which a pixel's surroundings are seen (ilastik's)."""
    trees: int = number(100, ge=1, le=10_000, why="beyond a few hundred they say the same")
    """Trees of the forest; half as many take half the time."""
    most_pixels: int = number(20_000, ge=10, le=10**7, why="the features of each are in memory")
    """Of each class at most so many pixels are learned from, drawn from all scribbles of it."""
    classifier: str | None = None
    """A classifier learned before: `results/segmentation/<name>/classifier.safetensors` of any run.
    Null: learned from the scribbles of samples.tsv."""
    min_cell_area: float = number(0.1, ge=0, le=1, why="no cell would be left")
    """Cells, gaps and pieces of other classes smaller than this fraction of a typical cell's area
    are removed, and nuclei smaller than this fraction of a typical nucleus'."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of `values`, each once, in the order of their numbers."""
        return tuple(dict.fromkeys(self.values[value] for value in sorted(self.values)))

    @property
    def masks(self) -> tuple[str, ...]:
        """Classes whose pixels are a mask."""
        return tuple(name for name in self.classes if name not in (BACKGROUND, CELL, NUCLEUS))

    @property
    def found(self) -> dict[str, ObjectType]:
        """Nuclei and cells, where a number stands for them, and a mask for each other class."""
        objects = dict(CELLS_AND_NUCLEI)
        if CELL not in self.classes:
            objects = {"nuclei": ObjectType()}
        elif NUCLEUS not in self.classes:
            objects = {"cells": ObjectType()}
        return objects | {name: usual_type(GAP) for name in self.masks}

    @property
    def what_helps(self) -> str:
        """It looks for what it was shown."""
        return "scribble on cells that look like those of this image"

    @field_validator("values")
    @classmethod
    def _classes_are_sound(cls, values: dict[int, str]) -> dict[int, str]:
        names = set(values.values())
        if not names & {CELL, NUCLEUS}:
            raise ValueError(f"one number must stand for `cell` or `nucleus`, not {_listed(names)}")
        if len(names) < 2:
            raise ValueError("two classes at least: what is an object, and what is not")
        if plural := names & set(CELLS_AND_NUCLEI):
            raise ValueError(f"`cell` and `nucleus` are the words, not {_listed(plural)}")
        return values

    def model_files(self) -> dict[str, Path]:
        """Return the classifier's file, where it is given."""
        if self.classifier is None:
            return {}
        path = Path(self.classifier)
        if not path.is_file():
            raise UserError(
                where=f"`classifier` of the segmentation method `pixels`: {self.classifier}",
                expected="a classifier.safetensors that this method wrote",
                found="no such file",
                fix="correct the path, or set it to null: then scribbles are learned from",
            )
        return {"classifier": path}


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


CONFIG = PixelsConfig
