"""Cellpose behind the common interface: version 3 (cyto, nuclei, ...) and 4 (cpsam, ...).

It lives in its own environment, envs/cellpose.yaml: version 3 needs numpy < 2.1.
"""

import importlib
from importlib import metadata
from types import ModuleType
from typing import Any

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.segmentation.channels import cytoplasm_pixels, nuclei_pixels
from cytoforge.segmentation.methods.cellpose.config import (
    CellposeConfig,
    model_file,
    models_folder,
    sha256_start,
)
from cytoforge.segmentation.moments import CELL_TO_NUCLEUS
from cytoforge.segmentation.nucleus_size import estimate_nucleus_diameter


def check_cellpose_ready(config: CellposeConfig) -> str:
    """Return the installed version; UserError when the package or a model file is missing.

    Loads no network and no torch, so a workflow can call it before any other work: cellpose itself
    would try to download, and without a network end in a bare URLError.
    """
    try:
        version = metadata.version("cellpose")
    except metadata.PackageNotFoundError:
        raise UserError(
            where="segmentation method `cellpose`",
            expected="the Python package cellpose",
            found="not installed in this environment",
            fix="run Snakemake with `--sdm conda`, which makes envs/cellpose.yaml, or install "
            "cellpose with the versions given there",
        ) from None
    for key in ("nuclei_model", "cells_model"):
        model_file(getattr(config, key), key, config.models_dir, version)
    return version


def segment(
    image: Image, config: CellposeConfig, sample: Sample | None = None
) -> tuple[dict[str, np.ndarray], str]:
    """Return nuclei and cells, int32 (Y, X), and the method with version and models loaded.

    As in the original pipeline, nuclei and whole cells are found by two networks, each from one
    grey channel.
    """
    version = check_cellpose_ready(config)
    models = _import_models(config)
    nuclear = nuclei_pixels(image, config).astype(np.float32)
    cytoplasm = cytoplasm_pixels(image, config).astype(np.float32)
    nucleus_px = config.nucleus_diameter_px
    if nucleus_px is None and _major(version) < 4:
        # Version 3 assumes the training size when told nothing; version 4 does not mind the size.
        nucleus_px = estimate_nucleus_diameter(nuclear)
    cell_px = config.cell_diameter_px or (nucleus_px and CELL_TO_NUCLEUS * nucleus_px)
    nuclei, nuclei_model = _run(
        models, config, "nuclei_model", nuclear, nucleus_px, config.flow_threshold_nuclei
    )
    cells, cells_model = _run(
        models, config, "cells_model", cytoplasm, cell_px, config.flow_threshold_cells
    )
    return {
        "nuclei": nuclei,
        "cells": cells,
    }, f"cellpose {version}, nuclei {nuclei_model}, cells {cells_model}"


def _import_models(config: CellposeConfig) -> ModuleType:
    models = importlib.import_module("cellpose.models")
    # Cellpose reads its folder from the environment once, when imported.
    models.MODEL_DIR = models_folder(config.models_dir)  # type: ignore[attr-defined]
    return models


def _run(
    models: Any,
    config: CellposeConfig,
    key: str,
    pixels: np.ndarray,
    diameter_px: float | None,
    flow_threshold: float,
) -> tuple[np.ndarray, str]:
    """Return the labels, int32 (Y, X), and which model with which content was loaded."""
    version = metadata.version("cellpose")
    name = getattr(config, key)
    file = model_file(name, key, config.models_dir, version)
    if _major(version) < 4 and file.name != name and str(file) != name:
        # By its name a built-in model of version 3 gets the training diameter (17 px for nuclei,
        # 30 px for cells) that its file does not carry.
        chosen = {"model_type": name}
    else:
        chosen = {"pretrained_model": str(file)}
    model = models.CellposeModel(gpu=_has_gpu(), **chosen)
    options: dict[str, Any] = {"diameter": diameter_px, "flow_threshold": flow_threshold}
    if _major(version) < 4:
        options["channels"] = [0, 0]
    masks = np.asarray(model.eval(pixels, **options)[0])
    loaded = _loaded_file(model, key, str(file))
    return masks.astype(np.int32), f"{name} (sha256 {sha256_start(loaded)})"


def _loaded_file(model: Any, key: str, expected: str) -> str:
    """Return the file that the model says it has loaded; it must be the one that was asked for.

    Version 4 loads its default network, with a mere log line, when it does not know a name.
    """
    loaded = getattr(model, "pretrained_model", expected)
    loaded = str(loaded[0] if isinstance(loaded, list | tuple) else loaded)
    if loaded != expected:
        raise UserError(
            where=f"segmentation method `cellpose`, `{key}`",
            expected=expected,
            found=f"cellpose has loaded {loaded}",
            fix=f"set `{key}` to the path of the model file",
        )
    return loaded


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def _major(version: str) -> int:
    return int(version.split(".")[0])
