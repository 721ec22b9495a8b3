"""Config of utility: whether synthetic images are worth having, for those who segment real ones."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from cytoforge.config.base import Name, Once, Section, number

SYNTHETIC, RERENDERED = "synthetic", "rerendered"

Part = Annotated[float, Field(gt=0, lt=1)]
Ratio = Annotated[float, Field(gt=0, le=100)]


class UtilityConfig(Section):
    """One network is trained on real images, on synthetic ones and on both, each time in the same
    steps, and tested on held-out real regions alone. Synthetic tiles come with the exact objects
    that their label maps were drawn from."""

    real: Name
    """Data set of real images: its training tiles are the real ones of every row."""
    synthetic: Name | None = None
    """Set of images of new maps (`images_by`). Null: no row has any."""
    rerendered: Name | None = None
    """Set of images that were generated of the real maps (`maps: real`): only what lies in training
    regions is learned from. Beside `synthetic` it says whether the images or the maps lose. Null:
    no such row."""
    truth: Name | None = None
    """Segmentation whose objects are the truth of real images, in training and in the test. Null:
    the one that the label maps of `real` are made of."""
    objects: Literal["cells", "nuclei"] | None = None
    """What is to be found. Null: cells where `truth` has them, else nuclei."""
    model: Name = "unet"
    """Network that is trained for every row: `unet`, `u2net` or `hovernet`."""
    preset: Name = "fast"
    """A file of config/presets/<model> without its suffix."""
    training: dict[str, Any] = Field(default_factory=dict)
    """Single training settings that overrule the preset's, the same for every row. `steps` must be
    there, here or in the preset. No row chooses among checkpoints: a tenth of the real images would
    have all labels of validation. The last weights (their moving average) are tested."""
    seeds: int = number(3, ge=1, le=100, why="every row is trained once per seed")
    """Trainings per row. A seed decides the first weights, the order of the tiles, and which of the
    real images a fraction has; all rows share the same seeds."""
    fractions: Annotated[tuple[Part, ...], Once] = (0.1, 0.25, 0.5)
    """Rows with a part of the real data, each without and with synthetic images: tiles drawn by
    seed until they cover this fraction of the area that all training tiles cover, the smaller part
    always within the larger."""
    ratios: Annotated[tuple[Ratio, ...], Field(min_length=1), Once] = (1.0, 3.0)
    """Rows with real and synthetic images together: how many synthetic tiles are shown per real
    one, whatever the numbers of tiles are. Rows with a fraction of the real data take the first."""


@dataclass(frozen=True)
class UtilityRow:
    """One way of training.

    Attributes
    ----------
    real : fraction of the real training data, 0: none
    other : set that is learned from too, or alone: `synthetic`, `rerendered` or ""
    ratio : tiles of `other` that are shown per real one, 0 where only one of them is there
    """

    real: float
    other: str = ""
    ratio: float = 0.0

    @property
    def name(self) -> str:
        """Name of the row's files.

        >>> UtilityRow(0.1, SYNTHETIC, 3).name, UtilityRow(1).name, UtilityRow(0, SYNTHETIC).name
        ('real_10_synthetic_1to3', 'real_100', 'synthetic')
        """
        if not self.real:
            return self.other
        alone = f"real_{100 * self.real:g}"
        return f"{alone}_{self.other}_1to{self.ratio:g}" if self.other else alone

    @property
    def words(self) -> str:
        """What the page says of the row.

        >>> UtilityRow(0.1, SYNTHETIC, 3).words, UtilityRow(0, RERENDERED).words
        ('10 % of real + synthetic 1:3', 'real maps, re-rendered')
        """
        alone = "real" if self.real == 1 else f"{100 * self.real:g} % of real"
        if self.real:
            return f"{alone} + {self.other} 1:{self.ratio:g}" if self.other else alone
        return "real maps, re-rendered" if self.other == RERENDERED else "synthetic, new maps"


REAL_ROW = UtilityRow(1.0)
"""What all others are compared with: all of the real data and nothing else."""


def rows_of(config: UtilityConfig) -> tuple[UtilityRow, ...]:
    """Return the rows of which the config gives the images, in the order of the page.

    >>> [row.name for row in rows_of(UtilityConfig(real="tiles", fractions=(0.5,)))]
    ['real_100', 'real_50']
    """
    both = bool(config.synthetic)
    rows = [REAL_ROW]
    rows += [UtilityRow(0, SYNTHETIC)] * both
    rows += [UtilityRow(0, RERENDERED)] * bool(config.rerendered)
    rows += [UtilityRow(1, SYNTHETIC, ratio) for ratio in config.ratios] * both
    for part in sorted(config.fractions, reverse=True):
        rows.append(UtilityRow(part))
        rows += [UtilityRow(part, SYNTHETIC, config.ratios[0])] * both
    return tuple(rows)
