"""Config of the tile data sets."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from cytoforge.config.base import Name, Once, Section, number
from cytoforge.config.images import ChannelName


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


class DatasetConfig(Section):
    set: Name = "real"
    """Set whose images are cut: `real`, or a set with images, e.g. to train on synthetic ones."""
    reference: Name
    """Name of a block in `references`."""
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
    export_pairs: bool = False
    """Also write side-by-side A|B PNG files that other pix2pix programs read."""

    @field_validator("tile_px")
    @classmethod
    def _multiple_of_16(cls, value: int) -> int:
        if value % 16:
            raise ValueError(f"must be a multiple of 16, e.g. {value // 16 * 16}; got {value}")
        return value
