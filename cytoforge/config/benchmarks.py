"""Config of benchmarks: segmenters against each other on a set whose true objects are known."""

from typing import Annotated

from pydantic import Field, model_validator

from cytoforge.config.base import Name, Once, Section, later
from cytoforge.config.problem import mistake
from cytoforge.config.sets import REAL

EXACT = "exact"


class BenchmarkConfig(Section):
    """Segmenters that are compared on one set, for each type of object apart."""

    set: Name = REAL
    """Set of images that are segmented: `real`, of which the test regions count, or a set with
    images that are made."""
    segmentations: Annotated[tuple[Name, ...], Once] = ()
    """Blocks of `segmentations` that are compared: of any method, a trained model or label columns
    too. One whose weights or environment are not there is skipped, and the page says why."""
    outside: dict[Name, str | dict[Name, str]] = Field(default_factory=dict)
    """Results of other programs (CellProfiler, Mesmer, QuPath …) by a name of your choice: a folder
    of label images, or folders by object, `{nuclei: runs/mesmer/nuclei, cells: runs/mesmer/cells}`.
    One file per image (.tif, .tiff, .png, .npy), called like it, also with `_masks`, `_cp_masks`,
    `_labels`, `_label` or `_objects` behind; a single folder may hold a folder per object."""
    truth: Name = EXACT
    """What is right: `exact`, the objects that the set's images were made of; or the name of a
    segmentation, e.g. one of `method: labels` with what people have drawn, for `real` and for what
    is made of real images."""
    objects: Annotated[tuple[Name, ...], Field(min_length=1), Once] | None = None
    """Types of objects that are compared, each by itself. Null: nuclei and cells, where the truth
    has them and a segmenter finds them."""

    classes: Name | None = later(None)
    """For `real`: a reference of label maps that you have (`column`), which says of what class each
    true object is. Segmenters that tell classes, such as a HoVer-Net with `types`, are then scored
    by bPQ, mPQ, and the PQ and F1 of each class."""
    tissues: str | None = later(None)
    """With `classes`, a column of samples.tsv: bPQ and mPQ are means over its values, as PanNuke is
    reported by tissue. Null: means over images."""

    @model_validator(mode="after")
    def _something_is_compared(self) -> "BenchmarkConfig":
        if not (self.segmentations or self.outside):
            raise ValueError("nothing to compare: name `segmentations`, or folders of `outside`")
        if self.tissues and self.classes is None:
            raise mistake("tissues: is of `classes`, which are not given; name them", "tissues")
        if twice := sorted(set(self.segmentations) & set(self.outside)):
            message = f"outside: {', '.join(twice)} is also a name in `segmentations`"
            raise mistake(f"{message}; call it otherwise", "outside")
        return self
