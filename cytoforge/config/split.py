"""Config of the split into train, val and test."""

from pydantic import Field, model_validator

from cytoforge.config.base import Fraction, Section, later, number


class SplitFractions(Section):
    train: float = Field(0.6, gt=0, le=1)
    """Fraction for training."""
    val: Fraction = 0.15
    """Fraction for validation during training."""
    test: float = Field(0.25, gt=0, le=1)
    """Fraction never seen in training; every score is computed on it."""

    @model_validator(mode="after")
    def _sum_to_one(self) -> "SplitFractions":
        total = self.train + self.val + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"train + val + test must be 1, not {total:g}")
        return self


class SplitConfig(Section):
    by: str = "image"
    """What may not be shared between splits: `image`, any column of samples.tsv (well, patient,
    slide), or `blocks` (disjoint strips of each image, for fewer than three sources). A column
    `split` in samples.tsv overrules it; where it says `blocks`, that image alone is cut. All slices
    of a volume stay together, except with `slices`: blocks of neighbouring slices of each volume,
    for fewer than three, which says nothing of other bodies."""
    within: str | None = later(None)
    """Column of samples.tsv (stain, scanner) for each of whose values the division is made by
    itself: so each split has images of both domains of a data set. Null: one division of all."""
    fractions: SplitFractions = SplitFractions()
    """Fraction of each split."""
    guard_px: int = number(32, ge=0, le=100_000, why="no image is wider")
    """Width of the band left unused between strips (`by: blocks`); at least a cell's diameter."""
    guard_slices: int = later(2, ge=0, le=1000, json_schema_extra={"why": "volumes end"})
    """Slices of no split between blocks (`by: slices`); a whole volume that is made has them."""
    slice_rounds: int = later(4, ge=1, le=1000, json_schema_extra={"why": "volumes end"})
    """How often train, val and test alternate along a volume (`by: slices`), so that all parts of a
    body are in each; fewer where it is too short."""
    block_px: int = number(
        128, ge=16, le=100_000, why="narrower strips hold no tile, and no image is wider"
    )
    """Strip widths of val and test are rounded to multiples of this (`by: blocks`)."""

    @property
    def required_columns(self) -> dict[str, str]:
        """Columns of samples.tsv that must be filled for every image, with the key that says so."""
        named = {} if self.by in ("image", "blocks", "slices", "volume") else {self.by: "split.by"}
        return named if self.within is None else {**named, self.within: "split.within"}
