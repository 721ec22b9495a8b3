"""Where the page's material lies, and readers that take a missing file as nothing to show."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as PillowImage

from cytoforge.config.task import TRANSLATION, Task, task_named
from cytoforge.images.image import Image
from cytoforge.images.ome import read_image
from cytoforge.jobs.optional_files import read_json, read_rows
from cytoforge.references.codes import Code, codes_from_rows
from cytoforge.references.label_map_file import read_label_map
from cytoforge.split.region import Region
from cytoforge.split.regions_file import read_regions

MAX_FIELDS = 6  # whole fields shown a section; a page with more would be slow on a phone
MAX_SYNTHETIC = 36  # synthetic fields, all models together
FIELD_PX = 1024  # longest side of a whole field on the page
# With 40 fields of 1024 px, each of 0.1 to 0.25 MB, the page stays below 15 MB. Where there are
# more, all are smaller.
FULL_SIZE_FIELDS = 40


@dataclass(frozen=True)
class Results:
    """The results folder, the config as plain values, and the regions of the split."""

    root: Path
    config: dict[str, Any]
    regions: tuple[Region, ...]

    @property
    def images(self) -> list[str]:
        """Names of all images, in the order of the table."""
        return list(dict.fromkeys(region.image for region in self.regions))

    @property
    def test_images(self) -> list[str]:
        """Images with a test region, the largest region first."""
        areas: dict[str, int] = {}
        for r in self.regions:
            if r.split == "test":
                area = (r.row1 - r.row0) * (r.col1 - r.col0)
                areas[r.image] = areas.get(r.image, 0) + area
        return sorted(areas, key=lambda name: -areas[name])

    @property
    def models(self) -> list[str]:
        """Names of the models that make images of label maps, in the order of the config; without
        those that learn from no pairs, of which nothing can be compared pair by pair."""
        return [
            name
            for name in self.config["models"]
            if self._task(name).makes == "image" and self._task(name).compares == "pairs"
        ]

    @property
    def translators(self) -> list[str]:
        """Names of the models that make images of one domain from images of another."""
        return [name for name in self.config["models"] if self._makes(name) == TRANSLATION]

    @property
    def predictors(self) -> list[str]:
        """Names of the models that make label maps of images."""
        return [name for name in self.config["models"] if self._makes(name) == "label_map"]

    def _makes(self, model_name: str) -> str:
        return self._task(model_name).makes

    def _task(self, model_name: str) -> Task:
        model = read_json(self.model_folder(model_name) / "model.json") or {}
        return task_named(model.get("training", {}).get("task", "labels_to_image"))

    @property
    def fields_shown(self) -> int:
        """How many test fields are shown with what every model made of them."""
        each = MAX_SYNTHETIC // max(1, len(self.models))
        return max(min(MAX_FIELDS, each, len(self.test_images)), 1)

    @property
    def field_px(self) -> int:
        """Longest side of a whole field on the page."""
        maps = {self.reference_of(model_name) for model_name in self.models}
        fields = min(len(self.images), MAX_FIELDS) * (1 + len(maps))
        fields += self.fields_shown * (1 + len(self.models)) + 3 * len(self.models)
        return round(FIELD_PX * min(1, (FULL_SIZE_FIELDS / fields) ** 0.5))

    def reference_of(self, model_name: str) -> str:
        """Return the name of the reference a model's tiles are labelled with."""
        dataset = self.config["models"][model_name]["dataset"]
        return str(self.config["datasets"][dataset]["reference"])

    def regions_of(self, image: str) -> tuple[Region, ...]:
        """Return the regions of one image."""
        return tuple(region for region in self.regions if region.image == image)

    def model_folder(self, model_name: str) -> Path:
        """Folder of a trained model: weights, model.json, training.json, history.csv."""
        return self.root / "models" / model_name

    def scores_folder(self, model_name: str) -> Path:
        """Folder of the tables of a model's scores."""
        return self.root / "metrics" / model_name

    def segmentation_folder(self, segmentation: str) -> Path:
        """Folder of segmented images and their overlays."""
        return self.root / "segmentation" / segmentation

    def reference_folder(self, reference: str) -> Path:
        """Folder of label maps, their code table and the bounds of their layers."""
        return self.root / "references" / reference

    def tiles_folder(self, dataset: str) -> Path:
        """Folder of a data set's tiles."""
        return self.root / "tiles" / dataset

    def comparison(self, table: str) -> list[dict[str, str]]:
        """Return the rows of a table of the comparison: ranking, differences, budgets …"""
        return read_rows(self.root / "comparison" / f"{table}.csv")

    @property
    def figures(self) -> Path:
        """Folder that the page's figures are written to."""
        return self.root / "report" / "figures"

    @property
    def benchmarks(self) -> Path:
        """Folder of the times of all jobs, one folder or file per rule."""
        return self.root / "benchmarks"

    def dataset(self, dataset: str) -> dict[str, Any]:
        """Return a data set's dataset.json, {} where there is none."""
        info: dict[str, Any] = read_json(self.tiles_folder(dataset) / "dataset.json") or {}
        return info

    def label_map(self, model_name: str, image: str) -> np.ndarray:
        """Return the label map (Y, X) of an image from the reference of a model's tiles."""
        return read_label_map(self.reference_folder(self.reference_of(model_name)) / f"{image}.tif")

    def image(self, name: str, model_name: str | None = None) -> Image:
        """Read a canonical image, all of it or the channels that a model makes."""
        image = read_image(self.root / "images" / f"{name}.ome.tif")
        return image.with_channels(self.channels_of(model_name) if model_name else None)

    def channels_of(self, model_name: str) -> list[str] | None:
        """Return the channels of a model's tiles; None where there are none yet."""
        return self.dataset(self.config["models"][model_name]["dataset"]).get("channels")

    def tile_source(self, model_name: str, name: str) -> Image:
        """Read an image that tiles of a model's data set were cut from, real or of a made set."""
        dataset = self.config["models"][model_name]["dataset"]
        parts = self._leaves(self.config["datasets"][dataset]["set"])
        for part in parts:
            for row in read_rows(self.set_folder(part) / "manifest.csv"):
                if name == (f"{part}_{row['name']}" if len(parts) > 1 else row["name"]):
                    image = read_image(self.set_folder(part) / row["image"])
                    return image.with_channels(self.channels_of(model_name))
        return self.image(name, model_name)

    def _leaves(self, name: str) -> list[str]:
        union = self.config["sets"].get(name, {}).get("union")
        return [leaf for part in union for leaf in self._leaves(part)] if union else [name]

    def set_folder(self, name: str) -> Path:
        """Return the folder of a made set; a model's own name is that of its test fields."""
        return self.root / "sets" / name

    def sets_by(self, model_name: str, own_maps: bool) -> list[str]:
        """Return the config's sets of images that a model makes: of the user's own label maps, or
        of those of the real images."""
        return [
            name
            for name, block in self.config["sets"].items()
            if block["images_by"] == model_name
            and (block["maps"] not in ("real", *self.config["models"], *self.config["sets"]))
            == own_maps
        ]

    def synthetic_rows(self, model_name: str, image: str) -> list[dict[str, str]]:
        """Return the manifests' rows of the fields made of an image's label map, one per sample.

        Their images are paths.
        """
        further = self.sets_by(model_name, own_maps=False)
        rows = {
            row["name"]: {**row, "image": str(self.set_folder(name) / row["image"])}
            for name in (*further, model_name)
            for row in read_rows(self.set_folder(name) / "manifest.csv")
            if row["source"] == image
        }
        return [rows[name] for name in sorted(rows)]

    def codes(self, model_name: str) -> tuple[Code, ...]:
        """Return the code table of a model's label maps."""
        dataset = self.config["models"][model_name]["dataset"]
        info = self.dataset(dataset)
        return codes_from_rows(info.get("codes", []))


def open_results(root: Path, config: dict[str, Any]) -> Results:
    """Read what every section needs."""
    return Results(root, config, read_regions(root / "split" / "regions.csv"))


def read_rgb(path: Path) -> np.ndarray | None:
    """Return a PNG as (Y, X, 3) uint8, or None where there is no file."""
    if not path.is_file():
        return None
    with PillowImage.open(path) as picture:
        return np.asarray(picture.convert("RGB"))
