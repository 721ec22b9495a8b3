"""PanNuke: three folds of 256 × 256 px tiles of H&E, 19 tissues, 0.25 µm/px (Gamper et al. 2020).

    Fold 1/images/fold1/images.npy   (N, 256, 256, 3), 0–255
    Fold 1/images/fold1/types.npy    (N,) text: the tissue
    Fold 1/masks/fold1/masks.npy     (N, 256, 256, 6): numbers of nuclei in a channel per class,
                                     then the background

The official folds are the split: 1 trains, 2 validates, 3 tests. Tiles without a nucleus stand in a
table of their own, since a label image needs an object.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoforge.adopt.adopted import Adopted, SampleRow
from cytoforge.adopt.nuclei_planes import planes_of_channels, write_plane
from cytoforge.adopt.trees import refuse
from cytoforge.errors import UserError
from cytoforge.images.picture import write_png

NAME = "pannuke"
PIXEL_UM = "0.25"
SPLIT_OF_FOLD = {1: "train", 2: "val", 3: "test"}
CLASSES = ("neoplastic", "inflammatory", "connective", "dead", "epithelial")
FILES = ("images.npy", "masks.npy", "types.npy")
EMPTY = "without_nuclei"


@dataclass(frozen=True)
class Fold:
    """Arrays of one fold, mapped from their files and not read."""

    images: np.ndarray
    masks: np.ndarray
    types: np.ndarray


def adopt(tree: Path, to: Path) -> Adopted:
    """Write each tile, its nuclei and their classes into `to/pannuke`; return its rows.

    Raises UserError with all that a tree lacks, or where arrays are not as above.
    """
    folds = _folds(tree)
    adopted = Adopted([], {EMPTY: []})
    counts: Counter[str] = Counter()
    for number, fold in folds.items():
        for index in range(len(fold.images)):
            _take(number, index, fold, to / NAME, adopted, counts)
    empty = len(adopted.apart[EMPTY])
    adopted.notices = [
        f"{empty} tiles have no nucleus: in {NAME}_{EMPTY}.tsv, not in samples.tsv" * (empty > 0),
        f"{counts['hidden']} nuclei lie wholly under those of other classes and are left out"
        * (counts["hidden"] > 0),
        f"{counts['divided']} numbers named nuclei apart, which have a number each now"
        * (counts["divided"] > 0),
    ]
    return adopted


def _take(
    number: int, index: int, fold: Fold, folder: Path, adopted: Adopted, counts: Counter[str]
) -> None:
    where = f"fold {number}, tile {index}"
    name = f"{NAME}_f{number}_{index:04d}"
    planes = planes_of_channels(_whole(fold.masks[index], f"masks.npy of {where}")[..., :-1])
    counts.update(hidden=planes.hidden, divided=planes.divided)
    image = folder / "images" / f"{name}.png"
    write_png(image, _grey_values(fold.images[index], f"images.npy of {where}"))
    columns = {
        "pixel_size_um": PIXEL_UM,
        "split": SPLIT_OF_FOLD[number],
        "stain": "HE",
        "source": NAME,
        "group": name,
        "fold": str(number),
        "tissue": str(fold.types[index]),
    }
    if not planes.instances.any():
        adopted.apart[EMPTY].append(SampleRow(name, image, columns))
        return
    assert planes.classes is not None
    for column, plane in (("nuclei_labels", planes.instances), ("nuclei_types", planes.classes)):
        path = write_plane(folder / column / f"{name}.tif", plane)
        columns[column] = str(path.absolute())
    adopted.rows.append(SampleRow(name, image, columns))


def _folds(tree: Path) -> dict[int, Fold]:
    """Return all three folds, found by the digit in the names of their folders."""
    found: dict[tuple[int, str], Path] = {}
    problems = []
    for path in sorted(path for path in tree.rglob("*.npy") if path.name in FILES):
        digits = re.findall(r"fold[ _-]?([123])(?!\d)", str(path.relative_to(tree)), re.IGNORECASE)
        if not digits:
            continue
        other = found.setdefault((int(digits[-1]), path.name), path)
        if other != path:
            problems.append(f"{path} and {other}: two files of fold {digits[-1]}")
    problems += [
        f"fold {number}: no {name}"
        for number in SPLIT_OF_FOLD
        for name in FILES
        if (number, name) not in found
    ]
    expected = "three folds, e.g. `Fold 1/images/fold1/` with images.npy and types.npy, and"
    refuse(
        tree,
        f"{expected} `Fold 1/masks/fold1/masks.npy`",
        problems,
        "unpack fold_1.zip, fold_2.zip and fold_3.zip side by side in this folder",
    )
    folds = {}
    for number in SPLIT_OF_FOLD:
        images, masks, types = (_mapped(found[number, name]) for name in FILES)
        folds[number] = _checked(images, masks, types, tree, number)
    return folds


def _mapped(path: Path) -> np.ndarray:
    try:
        # Objects would be unpickled, which runs what the file says.
        mapped: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
        return mapped
    except (ValueError, OSError, EOFError) as error:
        raise UserError(
            str(path), "a NumPy array of numbers or text", str(error), "download the fold again"
        ) from error


def _checked(
    images: np.ndarray, masks: np.ndarray, types: np.ndarray, tree: Path, number: int
) -> Fold:
    """Return the arrays, if they belong together."""
    problems = []
    if images.ndim != 4 or images.shape[-1] != 3 or images.dtype.kind not in "uif":
        problems.append(
            f"images.npy: {images.shape}, {images.dtype}, not (tiles, height, width, 3)"
        )
    expected = (*images.shape[:-1], len(CLASSES) + 1)
    if masks.shape != expected or masks.dtype.kind not in "uif":
        problems.append(f"masks.npy: {masks.shape}, {masks.dtype}, not {expected}")
    if types.shape != images.shape[:1] or types.dtype.kind not in "US":
        problems.append(f"types.npy: {types.shape}, {types.dtype}, not {images.shape[:1]} of text")
    refuse(tree, f"arrays of fold {number} that belong together", problems, "download it again")
    return Fold(images, masks, types.astype(str))


def _whole(values: np.ndarray, where: str) -> np.ndarray:
    """Return numbers of nuclei as int64; they are stored as floating-point numbers."""
    with np.errstate(invalid="ignore"):  # of NaN, which equals nothing
        whole = np.asarray(values).astype(np.int64)
    if (whole != values).any() or whole.min(initial=0) < 0:
        raise UserError(where, "whole numbers, 0 in the background", "others", "download it again")
    return whole


def _grey_values(values: np.ndarray, where: str) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        whole = np.clip(values, 0, 255).astype(np.uint8)
    if (whole != values).any():
        low, high = float(np.min(values)), float(np.max(values))
        raise UserError(
            where, "whole grey values, 0 to 255", f"{low:g} to {high:g}", "download it again"
        )
    return whole
