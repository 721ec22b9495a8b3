"""Label maps of images, by a generator trained in the other direction (images_to_labels)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from cytoforge.config.models import SynthesisConfig
from cytoforge.config.training import TrainingConfig
from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.models.registry import config_class
from cytoforge.networks.layers import NormStats, prepare_inference
from cytoforge.synthesis.generator import predicts_labels
from cytoforge.synthesis.model_files import read_model, rebuild_network
from cytoforge.synthesis.stitch import Planes, stitch_rows

_DEFAULTS = SynthesisConfig()


@dataclass(frozen=True)
class LabelPredictor:
    """A network that names each pixel's code; `load_predictor` makes one from a model folder."""

    network: nn.Module
    info: dict[str, Any]
    config: TrainingConfig
    device: torch.device

    def __call__(self, images: np.ndarray, norm_stats: NormStats = "running") -> np.ndarray:
        """Return label maps, uint8 (B, T, T), of images, float32 (B, C, T, T) in [0, 1]."""
        codes: np.ndarray = self.scores(images, norm_stats).argmax(axis=1).astype(np.uint8)
        return codes

    @torch.inference_mode()
    def scores(self, images: np.ndarray, norm_stats: NormStats = "running") -> np.ndarray:
        """Return a plane a code, float32 (B, K, T, T) in [-1, 1]: the largest names the pixel."""
        prepare_inference(self.network, norm_stats)
        x = torch.from_numpy(np.ascontiguousarray(images)).to(self.device) * 2 - 1  # (B, C, T, T)
        planes: np.ndarray = self.network(x).float().cpu().numpy()  # (B, K, T, T)
        return planes

    def field(self, image: Image, config: SynthesisConfig = _DEFAULTS) -> np.ndarray:
        """Return the label map, uint8 (H, W), of an image of any size.

        Overlapping tiles' scores are blended, then each pixel gets the code of the largest.
        `config` is asked for tile_px, overlap, batch_size and norm_stats. Raises UserError when
        the image has other channels than those the network was trained with.
        """
        channels = tuple(self.info["channels"])
        if image.channels != channels:
            raise UserError(
                where=f"image {image.name}",
                expected=f"channels {', '.join(channels)}, as in training",
                found=", ".join(image.channels),
                fix="convert it with the images.channels of the training run",
            )
        unit = to_unit(image)  # (C, H, W)
        planes = {str(number): plane for number, plane in enumerate(unit)}

        def score(tiles: Planes, indices: list[int]) -> np.ndarray:
            batch = np.stack([tiles[str(number)] for number in range(len(unit))], axis=1)
            return self.scores(batch, config.norm_stats)

        tile_px = config.tile_px or int(self.info["tile_px"])
        label_map = np.empty(unit.shape[1:], np.uint8)
        rows = stitch_rows(score, planes, tile_px, config.overlap, config.batch_size)
        for row, strip in rows:  # (K, n, W)
            label_map[row : row + strip.shape[1]] = strip.argmax(axis=0)
        return label_map


def load_predictor(folder: str | Path, device: str | torch.device = "cpu") -> LabelPredictor:
    """Load a model folder of a training with `task: image_to_labels`.

    >>> predictor = load_predictor("results/models/labels7")   # doctest: +SKIP
    >>> label_map = predictor.field(image)                     # doctest: +SKIP

    Raises UserError when a file is missing, when the weights are not those model.json names, or
    when the model makes images.
    """
    info, weights = read_model(folder)
    if not predicts_labels(info):
        raise UserError(
            where=str(folder),
            expected="a model trained with `task: image_to_labels`",
            found="a generator of images",
            fix="use cytoforge.synthesis.generator.load_generator",
        )
    config = config_class(info["model"]).model_validate(info["training"])
    network = rebuild_network(folder, info, weights)
    place = torch.device(device)
    return LabelPredictor(network.to(place), info, config, place)
