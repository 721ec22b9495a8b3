"""Config of the tile data sets."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from cytoforge.config.base import Name, Once, Section, later, number
from cytoforge.config.images import ChannelName
from cytoforge.config.problem import mistake


class SamplerConfig(Section):
    method: Literal["grid", "random", "all"] = "grid"
    """`grid`: every tile of a regular grid; `random`: `per_image` tiles at random positions, as the
    original did; `all`: the grid plus tiles flush with the far edges, so no pixel is left out."""
    overlap: float = number(
        0.0,
        ge=0,
        le=0.9,
        why="tiles take 1 / (1 - overlap)² times the space of the images: 100 times at 0.9",
    )
    """Overlap of neighbouring tiles within one split, as a fraction of its side (grid, all)."""
    per_image: int = number(6, ge=1, le=10_000, why="each is a tile on the disk")
    """Tiles per image and split (random)."""
    min_distance: float = number(
        1.0, ge=0, le=100, why="it is in tile lengths, and no image holds more"
    )
    """Tiles of one split are at least this many tile lengths apart along one axis (random);
    1 forbids overlap."""
    attempts: int = number(
        1000, ge=1, le=100_000, why="every draw is compared with all tiles before it"
    )
    """Draws before random placement gives up and falls back on the grid."""


# What a cell of samples.tsv may have.
Cell = Annotated[str, Field(coerce_numbers_to_str=True, min_length=1, max_length=200)]
DomainColumns = dict[str, Cell]
DAB = "dab"
# Keys of a data set that are for two domains, beside these themselves.
DOMAIN_KEYS = ("pairs", "registered", "share", "crop_px", "positive")


class PositiveConfig(Section):
    domain: Name
    """The domain with the stain that is to be seen, one of the two names in `domains`."""
    share: float = Field(0.5, gt=0, lt=1)
    """Fraction of the training tiles of that domain, as they are drawn, that are positive."""
    from_fraction: float = Field(0.02, ge=0, lt=1)
    """A tile is positive where at least this fraction of its pixels has the stain."""
    dab_above: float = number(0.07, ge=0, le=1, why="colour deconvolution finds no more of a stain")
    """A pixel has the stain where the channel `dab`, by colour deconvolution, is above this."""


class DatasetConfig(Section):
    set: Name = "real"
    """Set whose images are cut: `real`, or a set with images, e.g. to train on synthetic ones."""
    reference: Name | None = later(None)
    """Name of a block in `references`: the label maps of the images; with `domains`, of those of
    the first domain alone. Null: there are `domains`, and no label maps."""
    domains: dict[Name, DomainColumns] | None = later(None)
    """Two domains (stains, modalities, scanners) instead of label maps, the first one translated
    into the second: by name, columns of samples.tsv and their values, e.g. `{ihc: {stain: IHC}, he:
    {stain: HE}}`. An image is of the domain whose columns it has all of. With `reference` models
    learn, without any pair, from the label maps of the first domain and the images of the second:
    `{ct: {modality: CT}, mr: {modality: MR}}` makes MR of the organ labels of CT
    (`task: labels_to_domain`)."""
    where: dict[str, Cell] | None = later(None)
    """Only the images that have these values in these columns of samples.tsv, e.g. `{stain: HE}`:
    others need no label maps. For models that find instances; those that make images are compared
    on all. Null: all images."""
    pairs: str | None = later(None)
    """Column of samples.tsv with the name of the image of the other domain that shows the same
    field; both have one size, and lie in the same split. Null: domains are not paired."""
    registered: bool = later(False, alias="register")
    """Turn and move the second image of each pair onto the first (phase correlation), and report
    what stays between them. Consecutive sections are pairs only nearly."""
    share: float = later(1.0, gt=0, le=1)
    """Fraction of the images (or pairs) of each domain and split that is drawn, by the seed."""
    crop_px: int | None = later(
        None,
        ge=16,
        le=8192,
        json_schema_extra={"why": "smaller crops hold no cell; larger ones do not fit into memory"},
    )
    """Side of the crops that become tiles, averaged to `tile_px`: 512 with tiles of 256 sees twice
    as much at half the scale. Null: `tile_px`, the images' own scale."""
    positive: PositiveConfig | None = later(None)
    """Draw training tiles in which the stain is present more often than they occur."""
    tile_px: int = number(
        256,
        ge=16,
        le=4096,
        why="smaller tiles hold no cell; larger ones do not fit into a training's memory",
    )
    """Side of a tile: 128, 256, 512 or any multiple of 16."""
    channels: Annotated[tuple[ChannelName, ...], Once] | None = Field(None, min_length=1)
    """Channels that models learn to make and are scored in, of `images.channels`; the others are
    for segmentation only. Null: all."""
    sampler: SamplerConfig = SamplerConfig()
    """Where training tiles lie. Val and test tiles always come from a grid without overlap."""
    max_gap_fraction: float = Field(1.0, gt=0, le=1)
    """Balance: leave out training tiles in which the gap covers more than this."""
    min_classes: int = later(1, ge=1, le=256, json_schema_extra={"why": "maps have 8 bits"})
    """Leave out tiles with fewer classes than this, of every split: with 2, slices of a volume
    beside the body, or in one organ. They are counted in dataset.json."""
    neighbours: int = later(
        0, ge=0, le=8, json_schema_extra={"why": "each is a label map per tile"}
    )
    """Slices of volumes: how many label slices on each side models that make images see beside a
    slice's own (2.5-D), so that neighbouring images agree. Those of the label volume, whatever
    slices become images; beyond its ends the last one is repeated."""
    export_pairs: bool = False
    """Also write side-by-side A|B PNG files that other pix2pix programs read."""

    @field_validator("tile_px")
    @classmethod
    def _multiple_of_16(cls, value: int) -> int:
        if value % 16:
            raise ValueError(f"must be a multiple of 16, e.g. {value // 16 * 16}; got {value}")
        return value

    @field_validator("domains")
    @classmethod
    def _two_domains(
        cls, value: dict[str, DomainColumns] | None
    ) -> dict[str, DomainColumns] | None:
        if value is not None and len(value) != 2:
            raise ValueError(f"needs two domains, e.g. ihc and he, not {len(value)}")
        if empty := [name for name, columns in (value or {}).items() if not columns]:
            raise ValueError(f"{empty[0]} needs a column and its value, e.g. {{stain: HE}}")
        return value

    @field_validator("where")
    @classmethod
    def _some_column(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        if value == {}:
            raise ValueError("needs a column and its value, e.g. {stain: HE}")
        return value

    @model_validator(mode="after")
    def _label_maps_or_domains(self) -> "DatasetConfig":
        if self.reference is None and self.domains is None:
            raise ValueError("needs `reference`, label maps, or `domains`, two of them, or both")
        if self.unpaired:
            self._refuse((*DOMAIN_KEYS, "max_gap_fraction", "neighbours", "export_pairs", "where"))
            return self
        of_maps = ("max_gap_fraction", "min_classes", "neighbours", "export_pairs", "where")
        of_domains = DOMAIN_KEYS
        for key in of_maps if self.domains else of_domains:
            field = type(self).model_fields[key]
            if getattr(self, key) != field.default:
                needed = "reference" if self.domains else "domains"
                shown = field.alias or key
                raise mistake(f"`{shown}` is for data sets with `{needed}`", shown)
        if self.registered and self.pairs is None:
            message = "`register` needs `pairs`, the column with each image's partner"
            raise mistake(message, "register")
        return self

    def _refuse(self, keys: Iterable[str]) -> None:
        for key in keys:
            field = type(self).model_fields[key]
            if getattr(self, key) != field.default:
                shown = field.alias or key
                message = f"`{shown}` is not for data sets with both `reference` and `domains`"
                raise mistake(message, shown)

    @property
    def unpaired(self) -> bool:
        """Whether label maps are of one domain and images of another."""
        return self.reference is not None and self.domains is not None

    @property
    def side_px(self) -> int:
        """Side in an image of what becomes a tile."""
        return self.crop_px or self.tile_px
