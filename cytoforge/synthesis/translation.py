"""Whole images of another domain, tile by tile with the statistics of the whole field."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cytoforge.config.base import nearest
from cytoforge.config.models import SynthesisConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.normalise import from_unit, to_unit
from cytoforge.models.translator import Translator
from cytoforge.networks.frozen_norm import freeze_norms, with_field_norms
from cytoforge.networks.layers import prepare_inference
from cytoforge.synthesis.inference import fast_network
from cytoforge.synthesis.stitch import Planes, stitch, tile_starts
from cytoforge.synthesis.trained import TrainedModel, tile_side

TOGETHER = 16  # tiles normalised together in the first pass; bounds its memory


@dataclass(frozen=True)
class Translation:
    """One direction of a trained translator, ready for whole fields.

    Attributes
    ----------
    info : model.json of the model folder
    ranges : grey values that 0 and 1 stand for in what is made, one per channel: medians over the
        training images of the domain
    reduced : whole number of pixels of an image, along an axis, that make one of the network's
    line : for the log: in which arithmetic
    """

    network: nn.Module
    info: dict[str, Any]
    ranges: tuple[ChannelRange, ...]
    device: torch.device
    config: SynthesisConfig
    tile_px: int
    reduced: int
    line: str

    def __call__(self, image: Image) -> Image:
        """Return an image of the other domain, of the same name, size and pixel size.

        An image is seen at the scale of training: averaged first, and what is made is enlarged
        again (linearly), where crops were averaged for training.

        Raises UserError for an image with other channels, and for output that is not a number.
        """
        channels = tuple(self.info["channels"])
        seen = to_unit(image.with_channels(channels))
        shape, factor = seen.shape[1:], self.reduced
        made = self.field(_averaged(seen, factor))
        if factor > 1:
            made = _enlarged(made, factor)[:, : shape[0], : shape[1]]
        dtype = np.dtype(self.info["dtype"])
        pixels = from_unit(made, self.ranges, dtype)
        return Image(image.name, pixels, channels, self.ranges, image.pixel_size_um)

    def field(self, unit: np.ndarray) -> np.ndarray:
        """Return what is made of a field at the scale of the network, float32 (C, H, W) in [0, 1].

        unit : float32 (C, H, W) in [0, 1]
        """
        config, side = self.config, self.tile_px
        if config.norm_stats == "running":
            freeze_norms(self.network, self.network, self._spread(unit))

        def generate(tiles: Planes, indices: list[int]) -> np.ndarray:
            return self._made(tiles["images"])

        return stitch(generate, {"images": unit}, side, config.overlap, config.batch_size)

    @torch.inference_mode()
    def _made(self, tiles: np.ndarray) -> np.ndarray:
        made: Tensor = self.network(self._tensor(tiles)).float()
        found: np.ndarray = (made * 0.5 + 0.5).clamp(0, 1).cpu().numpy()
        if not np.isfinite(found).all():
            raise UserError(
                where="the model's output",
                expected="values that are numbers",
                found="NaN or infinity",
                fix="set `synthesis.inference: exact`; if that is so already, train the model again"
                " with a lower learning_rate",
            )
        return found

    def _spread(self, unit: np.ndarray) -> Iterator[Tensor]:
        """Yield the tiles that cover a field, in batches each of which is spread over it."""
        side = self.tile_px
        short = [max(0, side - length) for length in unit.shape[1:]]
        if any(short):
            pads = [(0, 0), *((px // 2, px - px // 2) for px in short)]
            unit = np.pad(unit, pads, mode="reflect")
        rows, cols = (tile_starts(length, side, 0) for length in unit.shape[1:])
        places = [(row, col) for row in rows for col in cols]
        count = -(-len(places) // TOGETHER)
        for first in range(count):
            tiles = [unit[:, r : r + side, c : c + side] for r, c in places[first::count]]
            yield self._tensor(np.stack(tiles))

    def _tensor(self, tiles: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(tiles)).to(self.device) * 2 - 1


def translation_of(
    model: TrainedModel, to_domain: str, config: SynthesisConfig, n_tiles: int = 0
) -> Translation:
    """Return a trained model's way to a domain. Raises UserError where it has none.

    n_tiles : that will be translated; decides, on a GPU, whether compiling pays
    """
    sampler, domains = model.sampler, list(model.info.get("domains", ()))
    way = sampler if isinstance(sampler, Translator) else None
    if way is not None and to_domain in domains[:1]:
        way = way.back
    if way is None or to_domain not in domains:
        raise UserError(
            where="the model's domains",
            expected=f"a model that makes images of {to_domain!r}",
            found=f"{model.info['model']} between {' and '.join(domains) or 'no domains'}",
            fix="name a domain that it makes: cut makes the second one only"
            + nearest(to_domain, domains),
        )
    side = tile_side(config, int(model.info["tile_px"]), model.config.size_multiple)
    network, line = _ready(way.generator, model, side, config, n_tiles)
    ranges = model.info["domain_ranges"][domains.index(to_domain)]
    return Translation(
        network,
        model.info,
        tuple(ChannelRange(low, high, method) for low, high, method in ranges),
        model.device,
        config,
        side,
        int(model.info["crop_px"]) // int(model.info["tile_px"]),
        line,
    )


def _ready(
    generator: nn.Module, model: TrainedModel, side: int, config: SynthesisConfig, n_tiles: int
) -> tuple[nn.Module, str]:
    """Return the network in the arithmetic that is asked for; its norms are of the field unless
    each tile is to have its own."""
    network = with_field_norms(generator) if config.norm_stats == "running" else generator
    prepare_inference(network)
    # Integers and compiled graphs would hold statistics that are not known yet.
    inference = "exact" if config.inference == "exact" else "auto"
    channels = len(model.info["channels"])
    example = torch.zeros((config.batch_size, channels, side, side), device=model.device)
    return fast_network(network, example, n_tiles, inference)  # type: ignore[arg-type]


def _averaged(unit: np.ndarray, factor: int) -> np.ndarray:
    """Return means of squares, mirrored at the far edges where they are not whole."""
    if factor == 1:
        return unit
    pads = [(0, 0), *((0, -length % factor) for length in unit.shape[1:])]
    whole = np.pad(unit, pads, mode="symmetric")
    channels, rows, cols = whole.shape
    parts = whole.reshape(channels, rows // factor, factor, cols // factor, factor)
    means: np.ndarray = parts.mean(axis=(2, 4))
    return means


def _enlarged(unit: np.ndarray, factor: int) -> np.ndarray:
    found: np.ndarray = F.interpolate(
        torch.from_numpy(unit)[None], scale_factor=factor, mode="bilinear", align_corners=False
    )[0].numpy()
    return found
