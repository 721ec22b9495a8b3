"""Cells or nuclei by a model of the task `image_to_instances`, in whole fields."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cytoforge.config.images import NormalisationConfig
from cytoforge.config.training import config_class
from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import channel_ranges, to_unit
from cytoforge.images.samples import Sample
from cytoforge.jobs.by_name import load
from cytoforge.pretrained.model_files import read_model, rebuild_sampler
from cytoforge.segmentation.classes import ClassPlane
from cytoforge.segmentation.learned.maps import without_small
from cytoforge.segmentation.learned.predict import scale_for
from cytoforge.segmentation.methods.trained.config import TrainedConfig
from cytoforge.segmentation.moments import median_diameter_px

TASK = "image_to_instances"
UNSCALED = NormalisationConfig(method="none")


@dataclass(frozen=True)
class TrainedModel:
    """A model that finds instances.

    Attributes
    ----------
    sampler : `InstanceSampler` of its networks.py
    scale, diameter_px, pixel_size_um : of training: factor of its tiles, then typical objects and
        pixels as the network sees them
    info : model.json
    """

    sampler: Any
    scale: float
    diameter_px: float
    pixel_size_um: float | None
    info: dict[str, Any]


def segment(
    image: Image, config: TrainedConfig, sample: Sample | None = None
) -> tuple[dict[str, np.ndarray], str, dict[str, ClassPlane], dict[str, np.ndarray]]:
    """Return cells, or nuclei, int32 (Y, X), the method's text, and where the model knows any,
    classes, and how sure it is of each object."""
    trained = load_instances(config.folder)
    if config.flips > 1:
        _look_at_flips(trained, config)
    scale = scale_for(trained, config.diameter_px, image.pixel_size_um)
    found = trained.sampler.found_in(_pixels(image, trained.info), scale)
    typical = config.diameter_px or median_diameter_px(found.labels) or 0.0
    least = max(config.min_area * np.pi / 4 * typical**2, 1)
    labels = without_small(found.labels, least)
    text = f"trained, model {config.folder.name} {trained.info['weights_sha256'][:12]}"
    kept = labels > 0
    sure: dict[str, np.ndarray] = {}
    if found.confidence is not None:
        sure[config.finds] = found.confidence * kept
    if found.classes is None:
        return {config.finds: labels}, text, {}, sure
    names = tuple(str(code["name"]) for code in trained.info["codes"])
    plane = ClassPlane(names, found.classes * kept, found.certain * kept)
    return {config.finds: labels}, text, {config.finds: plane}, sure


def load_instances(folder: Path) -> TrainedModel:
    """Return the model of a folder, ready to be used.

    Raises
    ------
    UserError : no model, a damaged one, or one of another task
    """
    info, weights = read_model(folder)
    task = info["training"].get("task")
    if task != TASK:
        raise UserError(
            where=f"`model` of the segmentation method `trained`: {folder}",
            expected=f"a model of task {TASK} (unet, u2net, hovernet, mask_rcnn)",
            found=f"{info['model']}, task {task}",
            fix="name another model",
        )
    build = load("models", info["model"], "networks").build_sampler
    sampler: Any = rebuild_sampler(folder, info, weights, build)
    size = info["pixel_size_um"]
    try:
        sampler.decoded_by(info["decoding"])
        diameter = float(info["diameter_px"] or 0)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            where=f"{folder}/model.json",
            expected="`decoding` and `diameter_px`, as training writes them",
            found=f"{type(error).__name__}: {error}",
            fix="copy the model folder again, or train the model again",
        ) from None
    sampler.eval().requires_grad_(False)
    return TrainedModel(sampler, sampler.scale, diameter, size and size / sampler.scale, info)


def _look_at_flips(trained: TrainedModel, config: TrainedConfig) -> None:
    """Take the mean over `flips`; UserError where the network makes nothing to take it of."""
    model = trained.info["model"]
    training = config_class(model).model_validate(trained.info["training"])
    if not getattr(training, "has_maps", False):
        raise UserError(
            where=f"`flips` of the segmentation method `trained`, with {config.folder}",
            expected="a model that makes maps, of which a mean can be taken",
            found=f"{model}, which finds boxes",
            fix="leave `flips` out, or use a model of `unet`, `u2net` or `hovernet`",
        )
    trained.sampler.flips = config.flips


def _pixels(image: Image, info: dict[str, Any]) -> np.ndarray:
    """Return the model's channels in its order, float32 (C, Y, X) in [0, 1] as in training."""
    if not len(info["channels"]) == len(image.channels) == 1:  # whatever that one is called
        image = image.with_channels(info["channels"])
    if all(method == "none" for *_, method in info["ranges"]):
        image = replace(image, ranges=channel_ranges(image.pixels, UNSCALED))
    return to_unit(image)
