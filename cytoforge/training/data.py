"""Training tiles in memory, and which of them, turned how, make the batch of any step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cytoforge.compute.devices import to_device
from cytoforge.compute.ranks import rank, world_size
from cytoforge.compute.steps import Batch
from cytoforge.config.training import TrainingConfig
from cytoforge.errors import UserError
from cytoforge.images.picture import Colour
from cytoforge.seeds import generator
from cytoforge.training.order import Order, Place

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class TrainingData:
    """Tiles of the train and val splits.

    Attributes
    ----------
    train, val : named planes of N tiles, `images` float32 (N, C, T, T) in [0, 1], `labels` uint8
        (N, T, T) codes below `n_codes`, `instances` (N, T, T) numbered within their tile, 0: none,
        `neighbours` uint8 (N, 2n, T, T) codes of the slices around, where the data set has them;
        of two domains `images_a` and `images_b`
    colours : red, green, blue of each code, for sample sheets
    info : what model.json tells about the images: codes, channels, ranges, dtype, pixel size
    apart : whether each plane has tiles of its own, as unpaired domains have: as many as there are,
        in an order of their own, each turned by itself
    weights : how often tiles of a plane are drawn, float64 (N,) of sum 1, where not all alike
    """

    train: Arrays
    val: Arrays
    n_codes: int
    colours: tuple[Colour, ...]
    info: dict[str, Any]
    apart: bool = False
    weights: Arrays = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not all(map(len, self.train.values())):
            raise UserError(
                where="the data set's train split",
                expected="at least one tile",
                found="none",
                fix="use more images, smaller tiles or another split; see the tiles' manifest.csv",
            )
        labels = [one["labels"] for one in (self.train, self.val) if "labels" in one]
        highest = max((int(codes.max()) for codes in labels if codes.size), default=0)
        if labels and highest >= self.n_codes:
            raise UserError(
                where="the data set's label tiles",
                expected=f"codes 0 to {self.n_codes - 1}",
                found=f"code {highest}",
                fix="make the label maps again, or list the missing code in the reference's table",
            )

    @property
    def n_train(self) -> int:
        """Number of train tiles, of the larger of two domains."""
        return max(map(len, self.train.values()))

    @property
    def n_val(self) -> int:
        """Number of val tiles, of the larger of two domains; 0 where one of them has none."""
        counts = [len(plane) for plane in self.val.values()]
        return max(counts) if all(counts) else 0

    @property
    def channels(self) -> int:
        """Number of image channels."""
        images = (plane for plane in self.train.values() if plane.dtype == np.float32)
        return int(next(images).shape[1])

    @property
    def tile_px(self) -> int:
        """Side of a tile."""
        return int(next(iter(self.train.values())).shape[-1])

    def some(self, count: int) -> dict[str, np.ndarray]:
        """Return at most `count` val tiles of each plane, train tiles where there are no val tiles.

        Evenly spread over the split: neighbours in the manifest are neighbours in the image. Planes
        of unpaired domains have as many each, so that they can be shown side by side.
        """
        split = self.val if self.n_val else self.train
        count = min(count, *map(len, split.values())) if self.apart else count
        return {
            name: plane[np.unique(np.linspace(0, len(plane) - 1, count).round().astype(int))]
            for name, plane in split.items()
        }


def tensors_of(
    planes: Arrays, names: Sequence[str], device: torch.device | str
) -> dict[str, Tensor]:
    """Return planes of tiles as `Batch` has them: images in [-1, 1], instances int32."""
    return {name: _tensor(planes[name]).to(device) for name in names}


def _tensor(plane: np.ndarray) -> Tensor:
    if plane.dtype == np.uint8:
        return torch.from_numpy(plane)
    if plane.dtype == np.float32:
        return torch.from_numpy(plane).mul(2).sub_(1)
    return torch.from_numpy(plane.astype(np.int32))


def blank_batch(data: TrainingData, config: TrainingConfig, device: torch.device) -> Batch:
    """Return this process's part of a batch of empty tiles, to try a step on."""
    one = tensors_of({name: data.train[name][:1] for name in config.needs}, config.needs, device)
    size = config.batch_size // world_size()
    return Batch({name: plane.new_zeros(size, *plane.shape[1:]) for name, plane in one.items()})


class Batches:
    """The batch of every step, a pure function of seed and step: resuming needs no position.

    Each epoch is its own permutation of the tiles, drawn by the epoch's name; each tile of each
    epoch has its own draw of the augmentation, which turns all of its planes alike. Planes of
    unpaired domains are ordered and turned each by itself. Batches run on across the ends of
    epochs. With several processes each takes its own consecutive tiles of the batch.
    """

    def __init__(
        self, data: TrainingData, config: TrainingConfig, seed: int, device: torch.device
    ) -> None:
        # Resident on the device: no step waits for a disk or a bus.
        self.planes = tensors_of(data.train, config.needs, device)
        self.config, self.seed, self.device, self.side = config, seed, device, data.tile_px
        groups = [(name,) for name in self.planes] if data.apart else [tuple(self.planes)]
        self.orders = {group: self._order(group, data) for group in groups}

    def _order(self, group: tuple[str, ...], data: TrainingData) -> Order:
        weights = next((data.weights[name] for name in group if name in data.weights), None)
        own_name = group if data.apart else ()
        return Order(len(self.planes[group[0]]), self.seed, own_name, weights)

    def __call__(self, step: int) -> Batch:
        """Return this process's tiles of a step."""
        size = self.config.batch_size
        own = size // world_size()
        first = step * size + rank() * own
        found: dict[str, Tensor] = {}
        for group, order in self.orders.items():
            pixels = self._source_pixels(order.places(first, own))
            found |= {name: _gathered(self.planes[name], *pixels) for name in group}
        return Batch(found)

    def _source_pixels(self, places: Sequence[Place]) -> tuple[Tensor, Tensor, Tensor]:
        draws = [turn(self.config, generator(self.seed, "augment", *one.name)) for one in places]
        side = self.side
        # One small array goes to the device, where the pixels of all tiles follow from it.
        plan = np.empty((len(places), 2 + 2 * side), dtype=np.int64)
        for row, place, draw in zip(plan, places, draws, strict=True):
            row[:2] = place.tile, draw.transpose
            row[2:] = source_lines(side, draw).ravel()
        sent = to_device(torch.from_numpy(plan), self.device)
        index, transposed = sent[:, 0, None, None], sent[:, 1, None, None].bool()  # (B, 1, 1)
        down, across = sent[:, 2 : 2 + side], sent[:, 2 + side :]  # (B, T)
        # A transposed tile reads its rows from the columns of the original and the reverse.
        rows = torch.where(transposed, down[:, None, :], down[:, :, None])  # (B, T, T)
        cols = torch.where(transposed, across[:, :, None], across[:, None, :])
        return index, rows, cols


def _gathered(plane: Tensor, index: Tensor, rows: Tensor, cols: Tensor) -> Tensor:
    """Return the pixels of tiles (N, T, T) or (N, C, T, T) that a batch is made of."""
    if plane.ndim == 3:
        return plane[index, rows, cols]  # (B, T, T)
    return plane[index, :, rows, cols].permute(0, 3, 1, 2).contiguous()  # (B, C, T, T)


@dataclass(frozen=True)
class Turn:
    """How one tile is flipped, transposed and shifted."""

    transpose: bool
    flip_rows: bool
    flip_cols: bool
    down_px: int
    right_px: int


def turn(config: TrainingConfig, random: np.random.Generator) -> Turn:
    """Draw an augmentation; the three flags together give the square's eight symmetries."""
    flags = random.integers(0, 2, 3).astype(bool)
    shift = random.integers(-config.jitter_px, config.jitter_px + 1, 2)
    all_eight, any_flip = config.augment == "flip_rotate", config.augment != "none"
    return Turn(
        transpose=bool(flags[0] and all_eight),
        flip_rows=bool(flags[1] and all_eight),
        flip_cols=bool(flags[2] and any_flip),
        down_px=int(shift[0]),
        right_px=int(shift[1]),
    )


def source_lines(side: int, draw: Turn) -> np.ndarray:
    """Return which rows and which columns of the tile to read, int64 of shape (2, side).

    Shifted lines are reflected at the border, so no pixel is interpolated or invented.

    >>> source_lines(4, Turn(False, False, True, 1, 0)).tolist()
    [[1, 2, 3, 2], [3, 2, 1, 0]]
    """
    lines = np.arange(side) + np.array([[draw.down_px], [draw.right_px]])
    lines = np.abs(lines)
    lines = np.minimum(lines, 2 * (side - 1) - lines)
    lines[0] = lines[0, ::-1] if draw.flip_rows else lines[0]
    lines[1] = lines[1, ::-1] if draw.flip_cols else lines[1]
    return lines
