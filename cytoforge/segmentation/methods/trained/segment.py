"""Cells or nuclei by a model of the task `image_to_instances`, in whole fields."""

from pathlib import Path
from typing import Any

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.samples import Sample
from cytoforge.jobs.by_name import load
from cytoforge.pretrained.model_files import read_model, rebuild_sampler
from cytoforge.segmentation.learned.maps import Decoding, without_small
from cytoforge.segmentation.learned.network_file import TrainedNetwork
from cytoforge.segmentation.learned.predict import find_instances, scale_for
from cytoforge.segmentation.methods.trained.config import TrainedConfig
from cytoforge.segmentation.moments import median_diameter_px

TASK = "image_to_instances"


def segment(
    image: Image, config: TrainedConfig, sample: Sample | None = None
) -> tuple[dict[str, np.ndarray], str]:
    """Return cells, or nuclei, int32 (Y, X), and the method's text."""
    trained, info = load_instances(config.folder)
    pixels = _channels(image, info["channels"])
    scale = scale_for(trained, config.diameter_px, image.pixel_size_um)
    found = find_instances(pixels, trained, scale)
    typical = config.diameter_px or median_diameter_px(found) or 0.0
    found = without_small(found, config.min_area * np.pi / 4 * typical**2)
    text = f"trained, model {config.folder.name} {info['weights_sha256'][:12]}"
    return {config.finds: found}, text


def load_instances(folder: Path) -> tuple[TrainedNetwork, dict[str, Any]]:
    """Return the network of a model folder as the shipped ones are used, and model.json.

    Raises
    ------
    UserError : no model, a damaged one, or one of another task
    """
    info, weights = read_model(folder)
    task = info["training"].get("task")
    if task != TASK:
        raise UserError(
            where=f"`model` of the segmentation method `trained`: {folder}",
            expected=f"a model of task {TASK} (unet, u2net)",
            found=f"{info['model']}, task {task}",
            fix="name another model",
        )
    build = load("models", info["model"], "networks").build_sampler
    sampler: Any = rebuild_sampler(folder, info, weights, build)
    size = info["pixel_size_um"]
    try:
        decoding = Decoding(**info["decoding"])
        diameter = float(info["diameter_px"] or 0)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            where=f"{folder}/model.json",
            expected="`decoding` and `diameter_px`, as training writes them",
            found=f"{type(error).__name__}: {error}",
            fix="copy the model folder again, or train the model again",
        ) from None
    network = sampler.network.eval().requires_grad_(False)
    pixel_size = size and size / sampler.scale
    return (
        TrainedNetwork(network, sampler.sees, sampler.scale, diameter, pixel_size, decoding),
        info,
    )


def _channels(image: Image, wanted: list[str]) -> np.ndarray:
    """Return the model's channels in its order, float32 (C, Y, X) in [0, 1] as in training."""
    if len(wanted) == len(image.channels) == 1:
        return to_unit(image)  # whatever it is called
    return to_unit(image.with_channels(wanted))
