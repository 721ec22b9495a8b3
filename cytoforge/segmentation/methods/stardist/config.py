"""Config of StarDist, where the files of its models lie, and what to do when they do not."""

import os
from pathlib import Path
from typing import Literal

from cytoforge.config.base import number
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import UserError
from cytoforge.jobs.user_path import Place, look_at

FILES = {"model": "config.json", "weights": "weights_best.h5"}
THRESHOLDS = "thresholds.json"
_RELEASE = "https://github.com/stardist/stardist-models/releases/download/v0.1"


class StarDistConfig(SegmentationBase):
    """Nuclei as star-convex polygons, found by a network; cells are grown around them."""

    method: Literal["stardist"] = "stardist"
    """StarDist (BSD-3) by a port to PyTorch, in its own environment (envs/stardist.yaml); nuclei
    must be bright in `nuclei_channel`."""
    model: str = "2D_versatile_fluo"
    """A 2-D model for one grey channel: a folder of `models_dir` or a path, with config.json,
    thresholds.json and weights_best.h5. StarDist's own are BSD-3; they are fetched by you and put
    there, nothing is downloaded."""
    models_dir: str | None = None
    """Folder with the models' folders. Null: STARDIST_MODELS_PATH, else ~/.stardist/models."""
    probability: float | None = number(
        None, gt=0, lt=1, why="it is a probability, and at the ends all or nothing is a nucleus"
    )
    """Probability from which a polygon counts. Null: the model's own."""
    overlap: float | None = number(
        None,
        gt=0,
        lt=1,
        why="it is a fraction, and at the ends none or any two polygons may overlap",
    )
    """Overlap from which the less probable of two polygons is dropped. Null: the model's own."""

    @property
    def package(self) -> str:
        """The package of envs/stardist.yaml."""
        return "cistardist_pytorch"

    def model_files(self) -> dict[str, Path]:
        """Return the files of the model, found without the package."""
        folder = model_folder(self)
        found = {key: existing_file(folder, name, self.model) for key, name in FILES.items()}
        thresholds = folder / THRESHOLDS
        return found | ({"thresholds": thresholds} if thresholds.is_file() else {})


CONFIG = StarDistConfig


def model_folder(config: StarDistConfig) -> Path:
    """Return the folder of the model: a path, or its name where models lie."""
    if look_at(config.model).kind == "folder":
        return Path(config.model)
    folder = config.models_dir or os.environ.get("STARDIST_MODELS_PATH")
    return (Path(folder) if folder else Path.home() / ".stardist" / "models") / config.model


def existing_file(folder: Path, name: str, model: str) -> Path:
    """Return a file of a model; UserError that says what to fetch where it is absent."""
    file = folder / name
    place = look_at(file)
    if place == Place("file"):
        return file
    raise UserError(
        where=f"segmentation method `stardist`, `model: {model}`",
        expected=f"the model file {file}",
        found=f"one that {place.trouble}" if place.trouble else "no such file",
        fix=f"download {_RELEASE}/python_{Path(model).name}.zip (BSD-3) on a machine with a network"
        f" and unpack it into {folder}, or point `models_dir` (or STARDIST_MODELS_PATH) at the"
        " folder that holds its folder",
    )
