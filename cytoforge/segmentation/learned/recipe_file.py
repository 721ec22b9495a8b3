"""What a network is trained on and how, as a file: folders, split, licence."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from cytoforge.config.base import Section, number
from cytoforge.config.problems import validated
from cytoforge.config.yaml_file import read_yaml
from cytoforge.errors import UserError, shown
from cytoforge.images.read import read_raw
from cytoforge.segmentation.label_file import read_label_file

logger = logging.getLogger(__name__)

CHANNELS: Mapping[str, int] = {"phase": 1, "stain": 3}
"""Channels that a network of each kind sees."""


class TrainingFile(Section):
    """Settings of `python -m cytoforge.segmentation.learned`."""

    kind: Literal["phase", "stain"]
    """What the network sees: `phase`, the first channel's contrast (phase contrast, DIC, bright
    field); `stain`, red, green and blue of a stained slide."""
    folders: tuple[str, ...] = Field(min_length=1)
    """Each holds `images/` and `labels/`, whose files have the same names but for the suffix."""
    validation: tuple[str, ...] = ()
    """Names of the fields that choose how maps become instances; all others are for training."""
    test: tuple[str, ...] = ()
    """Names of the fields that are scored once, at the end."""
    scale: float = number(1.0, gt=0, le=8, why="pixels are invented above")
    """Fields are resized by this before the network sees them."""
    pixel_size_um: float | None = number(None, gt=0, le=1000, why="that shows no cell")
    """Size of a pixel of the files. Null: not known."""
    initial: str | None = None
    """A shipped network's name or a network's file to train on. Null: a new one."""
    steps: int = number(2000, ge=1, le=1_000_000, why="no network of this size gains from more")
    tile_px: int = number(128, ge=32, le=1024, why="a batch of larger tiles fills the memory")
    """Side of the tiles that it learns from, after resizing."""
    widths: tuple[int, ...] = (16, 32, 64, 128, 128)
    """Channels of the levels of the network."""
    learning_rate: float = number(3e-3, gt=0, le=1, why="no network learns in larger steps")
    seed: int = number(1, ge=0, lt=2**63, why="seeds are 63-bit numbers")
    licence: str = ""
    """Of the data, for the model card."""
    origin: str = ""
    """Where the data are from, for the model card."""
    note: str = ""
    """What else the model card says."""


@dataclass(frozen=True)
class LabelledField:
    """Raw pixels (C, Y, X) and instance labels (Y, X) of one image."""

    pixels: np.ndarray
    labels: np.ndarray


def read_training_file(path: Path) -> TrainingFile:
    """Return the settings of a file; UserError names what is wrong with them."""
    expected = "training settings, as in resources/networks/phase.yaml"
    return validated(TrainingFile, read_yaml(path), shown(path), expected)


def read_fields(settings: TrainingFile, data: Path) -> dict[str, LabelledField]:
    """Return all fields of the folders by name, in the order of names; grey images are no slides.

    data : folder in which the `folders` lie
    """
    found: dict[str, LabelledField] = {}
    left_out: list[str] = []
    for folder in settings.folders:
        for image in sorted((data / folder / "images").iterdir()):
            labels = sorted((data / folder / "labels").glob(f"{image.stem}.*"))
            if not labels:
                continue
            pixels = read_raw(str(image)).pixels
            if len(pixels) < CHANNELS[settings.kind]:
                left_out.append(image.stem)
                continue
            pixels = pixels[: CHANNELS[settings.kind]]
            known = read_label_file(labels[0], pixels.shape[1:], str(image))
            found[image.stem] = LabelledField(pixels, known)
    if left_out:
        logger.info("left out since grey: %s", ", ".join(left_out))
    _check(settings, found, data)
    return found


def _check(settings: TrainingFile, found: Mapping[str, Any], data: Path) -> None:
    missing = sorted({*settings.validation, *settings.test} - set(found))
    left = set(found) - {*settings.validation, *settings.test}
    if missing or not left:
        raise UserError(
            where=f"{data}: {', '.join(settings.folders)}",
            expected="labelled images, among them those of `validation` and `test`, and others to"
            " train on",
            found=f"{len(found)} labelled images, {len(left)} to train on, not there:"
            f" {', '.join(missing) or 'none'}",
            fix="put images/ and labels/ with files of the same names into each folder",
        )
