"""Config of Cellpose, where the files of its models lie, and what to do when they do not."""

import hashlib
import os
from pathlib import Path
from typing import Literal

from cytoforge.config.base import number
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import UserError
from cytoforge.jobs.user_path import Place, look_at

# Names that only version 4 knows; version 3's are all others.
VERSION_4_MODELS = ("cpsam", "cpsam_v2", "cpdino", "cpdino-vitb")
_VERSION_3_NAMES = {"cyto": "cytotorch_0", "cyto2": "cyto2torch_0", "nuclei": "nucleitorch_0"}


class CellposeConfig(SegmentationBase):
    """Two networks: one for nuclei, one for whole cells."""

    method: Literal["cellpose"] = "cellpose"
    """Cellpose, in its own environment (envs/cellpose.yaml). Its code is BSD-3; of its weights,
    which you fetch yourself, its authors say that Cellpose-SAM has learned from data under
    CC-BY-NC, and that their own annotated images are too: ask them before any commercial use."""
    nuclei_model: str = "nuclei"
    """Cellpose model for nuclei: a built-in name or a file."""
    cells_model: str = "cyto"
    """Cellpose model for whole cells: a built-in name or a file."""
    flow_threshold_cells: float = number(
        0.9, ge=0, le=100, why="flow errors are about 1, so that 100 keeps every mask"
    )
    """Flow error allowed for cells; higher keeps more masks (original: 0.9)."""
    flow_threshold_nuclei: float = number(
        0.4, ge=0, le=100, why="flow errors are about 1, so that 100 keeps every mask"
    )
    """Flow error allowed for nuclei (original: the library's 0.4)."""
    models_dir: str | None = None
    """Folder of the model files, which you put there: nothing is downloaded. Null:
    CELLPOSE_LOCAL_MODELS_PATH, else ~/.cellpose/models."""

    @property
    def package(self) -> str:
        """The package of envs/cellpose.yaml."""
        return "cellpose"

    def model_files(self) -> dict[str, Path]:
        """Return both models' files by config key, found without the package."""
        return {
            key: model_file(name, key, self.models_dir, _version_of(name))
            for key, name in (
                ("nuclei_model", self.nuclei_model),
                ("cells_model", self.cells_model),
            )
        }


CONFIG = CellposeConfig


def models_folder(models_dir: str | None) -> Path:
    """Return the folder of model files: the config's, the environment's, or cellpose's own."""
    folder = models_dir or os.environ.get("CELLPOSE_LOCAL_MODELS_PATH")
    return Path(folder) if folder else Path.home() / ".cellpose" / "models"


def model_file(name: str, key: str, models_dir: str | None, version: str) -> Path:
    """Return the model's file; UserError when it is absent or unknown to this version.

    Parameters
    ----------
    name : built-in name or path of a model file
    key : config key that holds it, for messages
    version : of the installed cellpose
    """
    if look_at(name) == Place("file"):
        return Path(name)
    _check_version(name, key, version)
    folder = models_folder(models_dir)
    file = folder / (_VERSION_3_NAMES.get(name, name))
    place = look_at(file)
    if place != Place("file"):
        raise UserError(
            where=f"segmentation method `cellpose`, `{key}: {name}`",
            expected=f"the model file {file}",
            found=f"one that {place.trouble}" if place.trouble else "no such file",
            fix=f"download {_source(name, file.name)} on a machine with a network and put it into"
            f" {folder}, or point `models_dir` (or CELLPOSE_LOCAL_MODELS_PATH) at its folder; its"
            " authors' data are under CC-BY-NC, see config/README.md before any commercial use",
        )
    return file


def _version_of(name: str) -> str:
    return "4" if name in VERSION_4_MODELS else "3"


def sha256_start(path: str | Path) -> str:
    """Return the first 12 hexadecimal digits of a file's sha256."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _check_version(name: str, key: str, version: str) -> None:
    new_model, new_package = name in VERSION_4_MODELS, int(version.split(".")[0]) >= 4
    if new_model == new_package:
        return
    fitting = "one of " + ", ".join(VERSION_4_MODELS) if new_package else "cyto, cyto3 or nuclei"
    raise UserError(
        where=f"segmentation method `cellpose`, `{key}: {name}`",
        expected=f"a model of cellpose {version}: {fitting}, or a path",
        found=f"{name}, which is a model of cellpose {'4' if new_model else '3'}",
        fix=f"change `{key}` or the version in envs/cellpose.yaml",
    )


def _source(name: str, file_name: str) -> str:
    if name in VERSION_4_MODELS:
        return f"https://huggingface.co/mouseland/cellpose-sam/resolve/main/{file_name}"
    return f"https://www.cellpose.org/models/{file_name}"
