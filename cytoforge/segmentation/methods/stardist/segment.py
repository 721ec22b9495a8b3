"""StarDist behind the common interface, by a port that needs PyTorch and no TensorFlow.

It lives in its own environment, envs/stardist.yaml. (Schmidt et al. 2018,
10.1007/978-3-030-00934-2_30)
"""

import importlib
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.jobs.provenance import sha256_file
from cytoforge.segmentation.cells_of_nuclei import cells_of_nuclei
from cytoforge.segmentation.channels import nuclei_pixels
from cytoforge.segmentation.large_images import Block, blocks, find_in_blocks
from cytoforge.segmentation.methods.stardist.config import THRESHOLDS, StarDistConfig
from cytoforge.segmentation.moments import median_diameter_px

PACKAGE = "cistardist-pytorch"
# Percentiles of grey values that the published models were trained with as 0 and 1.
_LOW, _HIGH = 1.0, 99.8
# What a block sees beyond itself: the network's field of view, and the largest nucleus.
_HALO_PX, _NEAR_PX = 256, 8


def check_stardist_ready(config: StarDistConfig) -> str:
    """Return the port's version; UserError when the package or a model file is missing.

    Loads no network and no torch.
    """
    try:
        version = metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        raise UserError(
            where="segmentation method `stardist`",
            expected=f"the Python package {PACKAGE}",
            found="not installed in this environment",
            fix="run Snakemake with `--sdm conda`, which makes envs/stardist.yaml, or install "
            f"{PACKAGE} with the versions given there",
        ) from None
    config.model_files()
    return version


def segment(
    image: Image, config: StarDistConfig, sample: Sample | None = None
) -> tuple[dict[str, np.ndarray], str]:
    """Return nuclei and cells, int32 (Y, X) with common ids, and the method with its model.

    Cells are grown around the nuclei in the cytoplasm channel, as those of the watershed.
    """
    version = check_stardist_ready(config)
    files = config.model_files()
    model = _model(files["weights"].parent, files["weights"])
    channel = nuclei_pixels(image, config).astype(np.float32)
    low, high = np.percentile(channel, (_LOW, _HIGH))
    unit = (channel - low) / max(float(high - low), 1e-6)

    def find(block: Block) -> np.ndarray:
        labels, _ = model.predict_instances(
            unit[block.outer],
            prob_thresh=config.probability,
            nms_thresh=config.overlap,
            normalize=False,  # by the grey values of the whole image, not of a block
        )
        return np.asarray(labels).astype(np.int32)

    nuclei = find_in_blocks(find, blocks(unit.shape, _HALO_PX), unit.shape, _NEAR_PX)
    diameter = config.nucleus_diameter_px or median_diameter_px(nuclei)
    text = f"stardist ({PACKAGE} {version}), {config.model} (sha256 {_start(files['weights'])})"
    if not diameter:
        return {"nuclei": nuclei, "cells": nuclei.copy()}, text
    cells, told = cells_of_nuclei(image, config, nuclei, diameter)
    return {"nuclei": nuclei, "cells": cells}, text + told


def _model(folder: Path, weights: Path) -> Any:
    """Return the network of a folder. Read from Keras' arrays: a saved module would be unpickled,
    and the port's own loader writes one beside them."""
    port = {
        part: importlib.import_module(f"cistardist_pytorch.{part}")
        for part in ("config", "converter", "net", "model")
    }
    settings = port["config"].StarDist2DConfig.from_json(folder / "config.json")
    state, _ = port["converter"].convert_h5_to_state_dict(weights, settings)
    network = port["net"].StarDist2DNet(settings)
    network.load_state_dict(state)
    thresholds = port["config"].load_thresholds(folder / THRESHOLDS)
    return port["model"].StarDist2D(network, settings, thresholds)


def _start(path: Path) -> str:
    return sha256_file(path)[:12]
