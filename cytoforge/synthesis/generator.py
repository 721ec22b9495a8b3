"""A trained generator, ready to turn label tiles into images."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from cytoforge.config.training import TrainingConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange
from cytoforge.networks.labels import encode_labels
from cytoforge.networks.layers import NormStats, prepare_inference
from cytoforge.networks.registry import build_generator
from cytoforge.provenance import sha256_file


@dataclass(frozen=True)
class TrainedGenerator:
    """A generator and what is needed to use it.

    Attributes
    ----------
    info : model.json of the model folder
    ranges : grey values that 0 and 1 stand for, a channel each: medians over training images
    """

    network: nn.Module
    info: dict[str, Any]
    config: TrainingConfig
    ranges: tuple[ChannelRange, ...]
    device: torch.device

    @property
    def n_codes(self) -> int:
        """Codes a label map may have, including the gap."""
        return int(self.info["n_codes"])

    @torch.inference_mode()
    def __call__(
        self,
        labels: np.ndarray,
        norm_stats: NormStats = "running",
        dropout_seeds: Sequence[int] | None = None,
    ) -> np.ndarray:
        """Generate one image a label tile.

        Parameters
        ----------
        labels : uint8 array of shape (B, T, T), codes below `n_codes`
        norm_stats : batch-norm statistics of training, or of each tile by itself
        dropout_seeds : None for no dropout, else a seed a tile

        Returns
        -------
        float32 array of shape (B, C, T, T) in [0, 1]
        """
        prepare_inference(self.network, norm_stats, dropout_seeds)
        maps = torch.from_numpy(labels).to(self.device)  # (B, T, T)
        x = encode_labels(maps, self.n_codes, self.config.label_input)  # (B, K, T, T)
        image = self.network(x)  # (B, C, T, T) in [-1, 1]
        return ((image.float() + 1) / 2).clamp(0, 1).cpu().numpy()


def load_generator(folder: str | Path, device: str | torch.device = "cpu") -> TrainedGenerator:
    """Load a model folder written by training.

    >>> generator = load_generator("results/models/pix2pix7")   # doctest: +SKIP
    >>> image = generator(label_tiles)                          # doctest: +SKIP

    Raises UserError when a file is missing or the weights are not those model.json names.
    """
    folder = Path(folder)
    weights, model = folder / "generator.safetensors", folder / "model.json"
    for path in (weights, model):
        if not path.is_file():
            raise UserError(
                where=str(path),
                expected="a model folder with generator.safetensors and model.json",
                found="no such file",
                fix="train the experiment first, or copy both files together",
            )
    info = json.loads(model.read_text(encoding="utf-8"))
    found = sha256_file(weights)
    if found != info["weights_sha256"]:
        raise UserError(
            where=str(weights),
            expected=f"the weights named in model.json (sha256 {info['weights_sha256'][:12]}…)",
            found=f"sha256 {found[:12]}…",
            fix="copy both files of one model together, or delete the folder to train again",
        )
    config = TrainingConfig.model_validate(info["training"])
    network = build_generator(config, info["n_codes"], len(info["channels"]))
    network.load_state_dict(load_file(weights))
    ranges = tuple(ChannelRange(low, high, method) for low, high, method in info["ranges"])
    place = torch.device(device)
    return TrainedGenerator(network.to(place), info, config, ranges, place)
