"""Config of objects found by a model that the same run has trained."""

from pathlib import Path
from typing import Literal

from cytoforge.config.base import later, number
from cytoforge.config.objects import ObjectType
from cytoforge.config.segmentation import SegmentationBase, is_path
from cytoforge.errors import UserError

MODEL_FILES = ("model.safetensors", "model.json")


class TrainedConfig(SegmentationBase):
    """Cells or nuclei by a model of the task `image_to_instances`."""

    method: Literal["trained"] = "trained"
    """A model of `models` that learns instances; its labels may come from any other
    segmentation."""
    model: str
    """Name of a block in `models`, or the path of a trained model's folder, with a `/` in it, e.g.
    one that `python -m cytoforge.import_weights` wrote."""
    finds: Literal["cells", "nuclei"] = "cells"
    """What the labels were that it learnt from. `cell_diameter_px` or `nucleus_diameter_px` says
    how far images are resized."""
    flips: Literal[1, 4, 8] = later(1)
    """Test-time augmentation: 4: each image and its mirror images are looked at, and the mean of
    what the network says of each pixel counts; 8: those of the transposed image too. It takes as
    many times as long. Not for `mask_rcnn`."""
    min_area: float = number(0.1, ge=0, le=1, why="no object would be left")
    """Objects smaller than this fraction of a typical one's area are removed."""

    @property
    def estimates_diameters(self) -> bool:
        """No: without a diameter pixels are as large as in training, in every image."""
        return False

    @property
    def folder(self) -> Path:
        """Where the model lies: in the results of this run, unless it is a path."""
        return Path(self.model) if is_path(self.model) else Path("results/models", self.model)

    def model_files(self) -> dict[str, Path]:
        """Return the files of a model that no run makes, found before any job."""
        if not is_path(self.model):
            return {}
        files = {name: self.folder / name for name in MODEL_FILES}
        for path in files.values():
            if not path.is_file():
                raise UserError(
                    where=f"`model` of the segmentation method `trained`: {self.model}",
                    expected=f"a model folder with {' and '.join(MODEL_FILES)}",
                    found=f"no {path.name}",
                    fix="correct the path, or name a block of `models`",
                )
        return files

    @property
    def diameter_px(self) -> float | None:
        """Diameter of the objects, where it is given."""
        return self.cell_diameter_px if self.finds == "cells" else self.nucleus_diameter_px

    @property
    def found(self) -> dict[str, ObjectType]:
        """What it has learnt, alone: of whole cells all counts as cytoplasm."""
        return {self.finds: ObjectType()}


CONFIG = TrainedConfig
