"""Label maps that a trained model draws of nothing but a seed."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from cytoforge.errors import UserError
from cytoforge.models.map_drawer import LATENT, LAYER_NOISE, MapDrawer, draws_on
from cytoforge.networks.layers import prepare_inference
from cytoforge.synthesis.map_objects import DrawnMap, with_objects
from cytoforge.synthesis.trained import TrainedModel, load_trained


@dataclass(frozen=True)
class Drawer:
    """A trained model of task `noise_to_labels`; `load_drawer` makes one of a model folder."""

    model: TrainedModel
    sampler: MapDrawer

    @property
    def size_px(self) -> int:
        """Side of its maps."""
        return self.sampler.size_px

    def draw(self, seed: int, truncation: float = 1.0) -> DrawnMap:
        """Return the map of a seed, the same whatever else is drawn.

        truncation : 1 draws as training did; less draws more usual maps, and less different ones;
            0 always the same
        """
        return self.decoded(self.soft(self.style(seed, truncation), seed))

    def style(self, seed: int, truncation: float = 1.0) -> Tensor:
        """Return the style of a seed's map, float32 (1, channels)."""
        with torch.inference_mode():
            latent = draws_on(self.sampler.draws_by([seed]), self.model.device)[LATENT]
            style: Tensor = self.sampler.generator.mapping(latent, truncation)
        return style

    def soft(self, style: Tensor, seed: int) -> Tensor:
        """Return the soft map of a style, with the layer noise of a seed, (1, channels, H, W)."""
        with torch.inference_mode():
            noise = draws_on(self.sampler.draws_by([seed]), self.model.device).get(LAYER_NOISE)
            return self.sampler.of_style(style, noise)

    def decoded(self, soft: Tensor) -> DrawnMap:
        """Return a soft map (1, channels, H, W) as codes and objects."""
        labels, depth = self.sampler.format.codes(soft), self.sampler.format.depth(soft)
        return with_objects(
            labels[0].cpu().numpy(),
            None if depth is None else depth[0].float().cpu().numpy(),
            self.model.codes,
            int(self.model.info["decoding"]["min_area_px"]),
        )


def load_drawer(folder: str | Path, device: str | torch.device = "cpu") -> Drawer:
    """Load a model folder of task `noise_to_labels`.

    >>> drawn = load_drawer("results/models/maps7").draw(seed=1)    # doctest: +SKIP
    >>> drawn.labels.shape                                          # doctest: +SKIP
    (128, 128)

    Raises UserError for a model that draws no label maps of noise.
    """
    model = load_trained(folder, device)
    if not isinstance(model.sampler, MapDrawer):
        raise UserError(
            where=str(folder),
            expected="a model of task `noise_to_labels` (stylegan2, stylegan3-t or stylegan3-r)",
            found=f"{model.info['model']}, {model.task.summary}",
            fix="name the folder of another model",
        )
    prepare_inference(model.sampler, "running")
    return Drawer(model, model.sampler)
