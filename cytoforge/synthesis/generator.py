"""A trained generator of any model, ready to turn label maps into images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from cytoforge.config.models import SynthesisConfig
from cytoforge.config.task import task_of
from cytoforge.config.training import TrainingConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange
from cytoforge.models.registry import config_class
from cytoforge.networks.condition import ConditionSpec, build_condition
from cytoforge.networks.layers import NormStats, prepare_inference
from cytoforge.references.codes import Code, codes_from_rows
from cytoforge.references.instances import instances_from_label_map
from cytoforge.seeds import derive_seed
from cytoforge.synthesis.label_maps import check_label_map
from cytoforge.synthesis.model_files import Weights, read_model, rebuild_network
from cytoforge.synthesis.sampling import Clusters, Draw, looks_of, noise_of
from cytoforge.synthesis.stitch import Planes, stitch_rows

_DEFAULTS = SynthesisConfig()


@dataclass(frozen=True)
class TrainedGenerator:
    """A generator and what is needed to use it; `load_generator` makes one from a model folder.

    Attributes
    ----------
    info : model.json of the model folder
    spec : which channels the network's input has
    ranges : grey values that 0 and 1 stand for, a channel each: medians over training images
    clusters : looks of cells to choose from, for models with a feature encoder
    """

    network: nn.Module
    info: dict[str, Any]
    config: TrainingConfig
    spec: ConditionSpec
    ranges: tuple[ChannelRange, ...]
    device: torch.device
    clusters: Clusters = field(default_factory=dict)

    @property
    def n_codes(self) -> int:
        """Codes a label map may have, including the gap."""
        return int(self.info["n_codes"])

    @property
    def codes(self) -> tuple[Code, ...]:
        """The code table of its label maps."""
        return codes_from_rows(self.info["codes"])

    @property
    def needs_instances(self) -> bool:
        """Does the network see which cell a pixel belongs to?"""
        return self.spec.edges or self.spec.features > 0

    @torch.inference_mode()
    def __call__(
        self,
        labels: np.ndarray,
        instances: np.ndarray | None = None,
        noise: np.ndarray | None = None,
        features: np.ndarray | None = None,
        norm_stats: NormStats = "running",
        dropout_seeds: Sequence[int] | None = None,
    ) -> np.ndarray:
        """Generate one image a label tile.

        Parameters
        ----------
        labels : uint8 array of shape (B, T, T), codes below `n_codes`
        instances : integers (B, T, T), 0 where there is no cell; needed where the spec has edges
        noise : float32 (B, Z), or (B, Z, T, T) where regions differ; needed where the spec has it
        features : float32 (B, F, T, T), looks of cells; needed where the spec has them
        norm_stats : batch-norm statistics of training, or of each tile by itself
        dropout_seeds : None for no dropout, else a seed a tile

        Returns
        -------
        float32 array of shape (B, C, T, T) in [0, 1]
        """
        prepare_inference(self.network, norm_stats, dropout_seeds)
        x = build_condition(  # (B, K, T, T)
            self.spec,
            torch.from_numpy(labels).to(self.device),
            *(
                None if array is None else torch.from_numpy(array).to(self.device)
                for array in (instances, noise, features)
            ),
        )
        image = self.network(x)  # (B, C, T, T) in [-1, 1]
        return ((image.float() + 1) / 2).clamp(0, 1).cpu().numpy()

    def field(
        self,
        label_map: np.ndarray,
        seed: int = 0,
        *,
        instances: np.ndarray | None = None,
        resampled: np.ndarray | None = None,
        kept_seed: int = 0,
        config: SynthesisConfig = _DEFAULTS,
    ) -> np.ndarray:
        """Generate one field of view of any size.

        >>> generator = load_generator("results/models/oasis7")          # doctest: +SKIP
        >>> first = generator.field(label_map, seed=1)                   # doctest: +SKIP
        >>> other_nuclei = generator.field(                              # doctest: +SKIP
        ...     label_map, seed=2, resampled=label_map == 6, kept_seed=1)

        Parameters
        ----------
        label_map : uint8 array of shape (H, W), codes below `n_codes`
        seed : of noise and looks, and of dropout where `config.dropout` is `seeded`; models
            without any of them make the same image of every seed
        instances : integers (H, W), 0 where there is no cell; None: found in the label map, if the
            model needs them
        resampled : bool (H, W); only there `seed` draws noise and looks, elsewhere `kept_seed`
        config : size, overlap and number of tiles at once

        Returns
        -------
        float32 array of shape (C, H, W) in [0, 1]
        """
        label_map = check_label_map(label_map, self.n_codes, "label map")
        draw = Draw(seed, resampled, kept_seed)
        image = np.empty((len(self.info["channels"]), *label_map.shape), dtype=np.float32)
        for row, unit in self.field_rows(label_map, self.cells(label_map, instances), draw, config):
            image[:, row : row + unit.shape[1]] = unit
        return image

    def field_rows(
        self,
        label_map: np.ndarray,
        instances: np.ndarray | None,
        draw: Draw,
        config: SynthesisConfig,
    ) -> Iterator[tuple[int, np.ndarray]]:
        """Yield a field's first row and finished rows, float32 (C, n, W), from top to bottom.

        Memory holds one row of tiles, whatever the height. `instances` as `cells` returns them.
        """
        tile_px = config.tile_px or int(self.info["tile_px"])
        if tile_px % self.config.size_multiple:
            raise UserError(
                where="synthesis.tile_px",
                expected=f"a multiple of {self.config.size_multiple}, which the generator needs",
                found=str(tile_px),
                fix="choose such a multiple, or leave the key out",
            )
        given = {"labels": label_map, "instances": instances, "resampled": draw.resampled}
        planes = {name: plane for name, plane in given.items() if plane is not None}

        def generate(tiles: Planes, indices: list[int]) -> np.ndarray:
            return self._tiles(tiles, indices, draw, config)

        return stitch_rows(generate, planes, tile_px, config.overlap, config.batch_size)

    def cells(
        self, label_map: np.ndarray, instances: np.ndarray | None = None
    ) -> np.ndarray | None:
        """Return the instance labels the network needs, int32 (H, W): those given, or else those
        found in the label map. None where it needs none."""
        if not self.needs_instances:
            return None
        if instances is None:
            return instances_from_label_map(label_map, self.codes)
        return instances.astype(np.int32)

    def _tiles(
        self, tiles: Planes, indices: list[int], draw: Draw, config: SynthesisConfig
    ) -> np.ndarray:
        """Generate some tiles of a field, float32 (n, C, T, T)."""
        labels, instances = tiles["labels"], tiles.get("instances")
        if "resampled" in tiles:
            draw = replace(draw, resampled=tiles["resampled"])
        noise = noise_of(draw, len(labels), self.spec.noise) if self.spec.noise else None
        looks = None
        if self.spec.features and instances is not None:
            looks = looks_of(draw, self.clusters, labels, instances)
        seeds = None
        if config.dropout == "seeded":
            # Dropout knows no regions: where only some are drawn anew it keeps its seed.
            seed = draw.seed if draw.resampled is None else draw.kept_seed
            seeds = [derive_seed(seed, "tile", index) for index in indices]
        return self(labels, instances, noise, looks, config.norm_stats, seeds)


def load_generator(folder: str | Path, device: str | torch.device = "cpu") -> TrainedGenerator:
    """Load a model folder written by training, whatever its model.

    >>> generator = load_generator("results/models/pix2pix7")   # doctest: +SKIP
    >>> image = generator.field(label_map)                      # doctest: +SKIP

    Raises UserError when a file is missing or of an earlier version, when the weights are not
    those model.json names, or when the model makes label maps (see `load_predictor`).
    """
    info, weights = read_model(folder)
    if predicts_labels(info):
        raise UserError(
            where=str(folder),
            expected="a generator of images",
            found="one of label maps (`task: image_to_labels`)",
            fix="use cytoforge.synthesis.prediction.load_predictor",
        )
    return _rebuilt(folder, info, weights, torch.device(device))


def predicts_labels(info: dict[str, Any]) -> bool:
    """Does the model of a model.json make label maps of images?"""
    return (
        task_of(config_class(info["model"]).model_validate(info["training"])).output == "label_map"
    )


def _rebuilt(
    folder: str | Path, info: dict[str, Any], weights: Weights, device: torch.device
) -> TrainedGenerator:
    config = config_class(info["model"]).model_validate(info["training"])
    spec = ConditionSpec(**info["condition"])
    network = rebuild_network(folder, info, weights)
    ranges = tuple(ChannelRange(low, high, method) for low, high, method in info["ranges"])
    clusters = {
        int(code): np.array(centres, dtype=np.float32)
        for code, centres in info.get("feature_clusters", {}).items()
    }
    return TrainedGenerator(network.to(device), info, config, spec, ranges, device, clusters)
