"""A trained model of any task, ready to make whole fields of any size."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cytoforge.config.models import SynthesisConfig
from cytoforge.config.task import Task, task_of
from cytoforge.config.training import TrainingConfig, config_class
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.normalise import to_unit
from cytoforge.models.registry import networks_of
from cytoforge.models.sampler import Sampler
from cytoforge.networks.layers import NormStats, prepare_inference
from cytoforge.pretrained.model_files import read_model, rebuild_sampler
from cytoforge.references.codes import Code, codes_from_rows
from cytoforge.references.instances import instances_from_label_map
from cytoforge.seeds import derive_seed
from cytoforge.synthesis.label_maps import check_label_map
from cytoforge.synthesis.sampling import Clusters, Draw, features_of, grain_of, noise_of
from cytoforge.synthesis.stitch import Planes, stitch_rows

_DEFAULTS = SynthesisConfig()
_NOT_SEEN = ("resampled", "grain")  # cut into tiles like planes of a data set, and none of them


@dataclass(frozen=True)
class TrainedModel:
    """A trained model and what is needed to use it; `load_trained` makes one of a model folder.

    Attributes
    ----------
    sampler : its networks, and how they make a sample
    info : model.json of the model folder
    ranges : grey values that 0 and 1 stand for, one per channel: medians over training images
    clusters : appearance features to choose from, for models with a feature encoder
    """

    sampler: Sampler
    info: dict[str, Any]
    config: TrainingConfig
    ranges: tuple[ChannelRange, ...]
    device: torch.device
    clusters: Clusters = field(default_factory=dict)

    @property
    def task(self) -> Task:
        """What it has learnt: what it makes of what."""
        return task_of(self.config)

    @property
    def n_codes(self) -> int:
        """Codes a label map may have, including the gap."""
        return int(self.info["n_codes"])

    @property
    def codes(self) -> tuple[Code, ...]:
        """The code table of its label maps."""
        return codes_from_rows(self.info["codes"])

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels of its images."""
        return tuple(self.info["channels"])

    @property
    def needs_instances(self) -> bool:
        """Whether it sees which cell a pixel belongs to."""
        return "instances" in self.config.needs

    @torch.inference_mode()
    def sample(
        self,
        planes: Mapping[str, np.ndarray],
        draws: Mapping[str, np.ndarray] | None = None,
        norm_stats: NormStats = "running",
        dropout_seeds: Sequence[int] | None = None,
    ) -> np.ndarray:
        """Make one sample per tile.

        Parameters
        ----------
        planes : what the task starts from, by name: `labels` uint8 (B, T, T), codes below
            `n_codes`, and `instances` integers (B, T, T), 0 where there is no cell, if the model
            needs them, `neighbours` uint8 (B, 2n, T, T); or `images` float32 (B, C, T, T) in [0, 1]
        draws : what is drawn by chance, where the sampler has it: `noise` float32 (B, Z), or
            (B, Z, T, T) where regions differ, `features` and `grain` float32 (B, ·, T, T)
        norm_stats : batch-norm statistics of training, or of each tile by itself
        dropout_seeds : None for no dropout, else one seed per tile

        Returns
        -------
        float32 array of shape (B, C, T, T): an image in [0, 1]; or scores in [-1, 1], one channel
        per code, of which the largest names the pixel
        """
        prepare_inference(self.sampler, norm_stats, dropout_seeds)
        seen = {name: self._tensor(plane) for name, plane in planes.items()}
        if "images" in seen:
            seen["images"] = seen["images"] * 2 - 1
        drawn = {name: self._tensor(array) for name, array in (draws or {}).items()}
        made: Tensor = self.sampler(seen, drawn)  # in [-1, 1]
        if self.task.output == "image":
            made = ((made + 1) / 2).clamp(0, 1)
        array: np.ndarray = made.cpu().numpy()
        if not np.isfinite(array).all():  # the largest of undefined scores would name a class
            raise UserError(
                where="the model's output",
                expected="values that are numbers",
                found="NaN or infinity",
                fix="set `synthesis.inference: exact`; if that is so already, train the model again"
                " with a lower learning_rate",
            )
        return array

    def field(
        self,
        source: np.ndarray | Image,
        seed: int = 0,
        *,
        instances: np.ndarray | None = None,
        neighbours: np.ndarray | None = None,
        resampled: np.ndarray | None = None,
        kept_seed: int = 0,
        config: SynthesisConfig = _DEFAULTS,
    ) -> np.ndarray:
        """Make one field of view of any size.

        >>> model = load_trained("results/models/oasis7")                # doctest: +SKIP
        >>> first = model.field(label_map, seed=1)                       # doctest: +SKIP
        >>> other_nuclei = model.field(                                  # doctest: +SKIP
        ...     label_map, seed=2, resampled=label_map == 6, kept_seed=1)

        Parameters
        ----------
        source : a label map, uint8 of shape (H, W) with codes below `n_codes`, or an image with the
            channels of training; whichever the task starts from
        seed : of noise and appearance features, and of dropout where `config.dropout` is `seeded`;
            models without any of them make the same of every seed
        instances : integers (H, W), 0 where there is no cell; None: found in the label map, if the
            model needs them
        neighbours : label maps of the slices around, uint8 (2n, H, W), for models that see them
        resampled : bool (H, W); only there `seed` draws noise, features and grain, elsewhere
            `kept_seed`
        config : size, overlap and number of tiles at once

        Returns
        -------
        float32 array of shape (C, H, W) in [0, 1], or a label map, uint8 (H, W)

        Raises
        ------
        UserError : for codes that the model does not know, and images with other channels
        """
        planes = self.planes_of(source, instances)
        if neighbours is not None:
            planes["neighbours"] = neighbours
        strips = self.field_rows(planes, Draw(seed, resampled, kept_seed), config)
        return np.concatenate([strip for _, strip in strips], axis=-2)

    def planes_of(
        self, source: np.ndarray | Image, instances: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Return what the task starts from as planes of one field; arguments as in `field`."""
        if isinstance(source, Image):
            if source.channels != self.channels:
                raise UserError(
                    where=f"image {source.name}",
                    expected=f"channels {', '.join(self.channels)}, as in training",
                    found=", ".join(source.channels),
                    fix="convert it with the images.channels of the training run",
                )
            return {"images": to_unit(source)}  # (C, H, W)
        label_map = check_label_map(source, self.n_codes, "label map")
        cells = self.cells(label_map, instances)
        return {"labels": label_map} | ({} if cells is None else {"instances": cells})

    def field_rows(
        self, planes: Mapping[str, np.ndarray], draw: Draw, config: SynthesisConfig
    ) -> Iterator[tuple[int, np.ndarray]]:
        """Yield a field's first row and finished rows from top to bottom.

        Rows are float32 (C, n, W) in [0, 1] of an image, or uint8 (n, W) of a label map. Memory
        holds one row of tiles, whatever the height.

        Parameters
        ----------
        planes : as `planes_of` returns them: (H, W), images (C, H, W) in [0, 1]
        draw : where chance comes from; ignored by models without any
        config : tile_px, overlap, batch_size, norm_stats and dropout
        """
        missing = {*self.config.needs} - {self.task.target} - planes.keys()
        if missing:
            raise UserError(
                where="the model's input",
                expected=f"{self.task.summary}: {', '.join(self.task.inputs)}",
                found=f"no {', '.join(sorted(missing))}",
                fix="give a label map to a model of images, an image to a model of label maps, and"
                " `neighbours` to one that sees the slices around",
            )
        tile_px = tile_side(config, int(self.info["tile_px"]), self.config.size_multiple)
        given = dict(planes) if draw.resampled is None else {**planes, "resampled": draw.resampled}
        if grain := self.sampler.draws.get("grain"):
            given["grain"] = grain_of(draw, grain, next(iter(planes.values())).shape[-2:])

        def generate(tiles: Planes, indices: list[int]) -> np.ndarray:
            return self._tiles(tiles, indices, draw, config)

        for row, strip in stitch_rows(generate, given, tile_px, config.overlap, config.batch_size):
            is_map = self.task.output == "label_map"
            yield row, strip.argmax(axis=0).astype(np.uint8) if is_map else strip

    def cells(
        self, label_map: np.ndarray, instances: np.ndarray | None = None
    ) -> np.ndarray | None:
        """Return the instance labels the model needs, int32 (H, W): those given, or else those
        found in the label map. None where it needs none."""
        if not self.needs_instances:
            return None
        if instances is None:
            return instances_from_label_map(label_map, self.codes)
        return instances.astype(np.int32)

    def _tiles(
        self, tiles: Planes, indices: list[int], draw: Draw, config: SynthesisConfig
    ) -> np.ndarray:
        """Make some tiles of a field, float32 (n, C, T, T)."""
        planes = {name: plane for name, plane in tiles.items() if name not in _NOT_SEEN}
        if "resampled" in tiles:
            draw = replace(draw, resampled=tiles["resampled"])
        seeds = None
        if config.dropout == "seeded":
            # Dropout knows no regions: where only some are resampled it keeps its seed.
            seed = draw.seed if draw.resampled is None else draw.kept_seed
            seeds = [derive_seed(seed, "tile", index) for index in indices]
        draws = self._draws(planes, draw)
        if "grain" in tiles:
            draws["grain"] = tiles["grain"]
        return self.sample(planes, draws, config.norm_stats, seeds)

    def _draws(self, planes: Planes, draw: Draw) -> dict[str, np.ndarray]:
        """Return what tiles are drawn by: by seed, so that all tiles of a field agree."""
        found, wanted = {}, self.sampler.draws
        if "noise" in wanted:
            found["noise"] = noise_of(draw, len(next(iter(planes.values()))), wanted["noise"])
        if "features" in wanted:
            labels, instances = planes["labels"], planes["instances"]
            found["features"] = features_of(draw, self.clusters, labels, instances)
        return found

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)


def load_trained(folder: str | Path, device: str | torch.device = "cpu") -> TrainedModel:
    """Load a model folder written by training, whatever its model and its task.

    >>> model = load_trained("results/models/pix2pix7")   # doctest: +SKIP
    >>> image = model.field(label_map)                    # doctest: +SKIP

    Raises UserError when a file is missing or of an earlier version, or when the weights are not
    those model.json names.
    """
    info, weights = read_model(folder)
    sampler = rebuild_sampler(folder, info, weights, networks_of(info["model"]).build_sampler)
    clusters = {
        int(code): np.array(centres, dtype=np.float32)
        for code, centres in info.get("feature_clusters", {}).items()
    }
    return TrainedModel(
        sampler.to(device),
        info,
        config_class(info["model"]).model_validate(info["training"]),
        tuple(ChannelRange(low, high, method) for low, high, method in info["ranges"]),
        torch.device(device),
        clusters,
    )


def tile_side(config: SynthesisConfig, trained_px: int, multiple: int) -> int:
    """Return the side of the tiles that a field is made of: that of training unless asked for.

    Raises UserError where it is no multiple of what the generator needs.
    """
    side = config.tile_px or trained_px
    if side % multiple:
        raise UserError(
            where="synthesis.tile_px",
            expected=f"a multiple of {multiple}, which the generator needs",
            found=str(side),
            fix="choose such a multiple, or leave the key out",
        )
    return side
