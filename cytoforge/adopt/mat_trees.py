"""CoNSeP and Kumar: H&E at 0.25 µm/px with one MATLAB file per image, as HoVer-Net reads them.

    CoNSeP/Train/Images/train_1.png    Kumar/train/Images/TCGA-18-5592-01Z-00-DX1.tif
    CoNSeP/Train/Labels/train_1.mat    Kumar/train/Labels/TCGA-18-5592-01Z-00-DX1.mat
    CoNSeP/Test/...                    Kumar/test_same/..., Kumar/test_diff/...

`inst_map` (H, W) has a number per nucleus; `type_map` (H, W) or `inst_type` (n, 1), of nuclei in
the order of their numbers, has classes (CoNSeP). What is called test stays test; a fifth of the
other images, whole ones, validates. (Graham et al. 2019; Kumar et al. 2017.)
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat

from cytoforge.adopt.adopted import Adopted, SampleRow
from cytoforge.adopt.nuclei_planes import (
    class_of_each,
    classes_plane,
    one_number_each,
    write_plane,
)
from cytoforge.adopt.trees import (
    PICTURES,
    drawn,
    files_by_stem,
    folders_called,
    one_name_each,
    part_of,
    refuse,
)
from cytoforge.errors import UserError
from cytoforge.images.header_size import header_size
from cytoforge.images.names import usable_name

PIXEL_UM = "0.25"
VAL_SHARE = 0.2
IMAGES, LABELS = "Images", "Labels"
# A barcode of The Cancer Genome Atlas begins with project, site and participant.
_PATIENT = re.compile(r"TCGA-\w{2}-\w{4}", re.IGNORECASE)


def adopt_consep(tree: Path, to: Path) -> Adopted:
    """Write the nuclei of each image and their classes into `to/consep`; return its rows."""
    return _adopt(tree, to / "consep", "consep", with_types=True)


def adopt_kumar(tree: Path, to: Path) -> Adopted:
    """Write the nuclei of each image into `to/kumar`; return its rows, with their patients."""
    return _adopt(tree, to / "kumar", "kumar", with_types=False)


def _adopt(tree: Path, folder: Path, name: str, with_types: bool) -> Adopted:
    pairs = _pairs(tree)
    training = [key for key in pairs if not _is_test(key[0])]
    val = drawn((_group(*key) for key in training), VAL_SHARE, name)
    adopted, divided = Adopted([]), Counter[str]()
    for (part, stem), (image, mat) in pairs.items():
        split = "test" if _is_test(part) else "val" if _group(part, stem) in val else "train"
        columns = {"pixel_size_um": PIXEL_UM, "split": split, "stain": "HE", "source": name}
        columns |= {"part": part, "group": _group(part, stem)}
        row = f"{name}_{_row(part, stem)}"
        columns |= _labels(image, mat, folder, row, with_types, divided)
        adopted.rows.append(SampleRow(row, image, columns))
    if divided:
        said = f"{divided.total()} numbers of {len(divided)} images named nuclei apart, which have"
        adopted.notices.append(f"{said} a number each now")
    return adopted


def _pairs(tree: Path) -> dict[tuple[str, str], tuple[Path, Path]]:
    """Return image and labels by part of the tree and name, sorted."""
    problems: list[str] = []
    pairs: dict[tuple[str, str], tuple[Path, Path]] = {}
    for folder in folders_called(tree, (IMAGES, LABELS)):
        images = files_by_stem(part_of(folder, IMAGES), PICTURES, problems)
        labels = files_by_stem(part_of(folder, LABELS), (".mat",), problems)
        if not images | labels:
            problems.append(f"{folder}: no image and no .mat file")
        problems += [f"{images[s]}: no {LABELS}/{s}.mat" for s in images if s not in labels]
        problems += [f"{labels[s]}: no image in {IMAGES}" for s in labels if s not in images]
        for stem in images.keys() & labels.keys():
            other = pairs.setdefault((folder.name, stem), (images[stem], labels[stem]))
            if other[0] != images[stem]:
                problems.append(f"{images[stem]} and {other[0]}: two images of one part and name")
    problems += one_name_each({str(image): _row(*key) for key, (image, _) in pairs.items()})
    parts = {part for part, _ in pairs}
    for kind, wanted in (("training", False), ("test", True)):
        if not problems and wanted not in map(_is_test, parts):
            problems.append(f"no folder of {kind} images (found: {', '.join(parts) or 'none'})")
    refuse(
        tree,
        f"folders Train and Test (or train, test_same, test_diff), each with {IMAGES} and {LABELS},"
        " and in these one .mat file per image",
        problems,
        "unpack the archive again, or take away the files that have no partner",
    )
    return dict(sorted(pairs.items()))


def _row(part: str, stem: str) -> str:
    return usable_name(f"{part}_{stem}")


def _is_test(part: str) -> bool:
    return part.casefold().startswith("test")


def _group(part: str, stem: str) -> str:
    """Return what may not be divided between splits: a patient where the name says one."""
    patient = _PATIENT.match(stem)
    return patient[0].upper() if patient else f"{part}/{stem}"


def _labels(
    image: Path, mat: Path, folder: Path, row: str, with_types: bool, divided: Counter[str]
) -> dict[str, str]:
    """Write the planes of an image; return their files by column."""
    stored = _read_mat(mat)
    numbers = _plane(stored, "inst_map", mat, header_size(image))
    instances, count = one_number_each(numbers)
    divided += Counter({row: count})
    if not instances.any():
        raise UserError(str(mat), "nuclei in inst_map", "only background (0)", "leave it out")
    planes = {"nuclei_labels": instances}
    if with_types:
        planes["nuclei_types"] = classes_plane(instances, _types(stored, mat, numbers, instances))
    return {
        column: str(write_plane(folder / column / f"{row}.tif", plane).absolute())
        for column, plane in planes.items()
    }


def _read_mat(path: Path) -> dict[str, Any]:
    try:
        stored: dict[str, Any] = loadmat(path)
    except Exception as error:  # scipy fails with any exception on broken files
        raise UserError(
            str(path), "a MATLAB file up to version 7", f"{type(error).__name__}: {error}",
            "download it again",
        ) from error  # fmt: skip
    return stored


def _plane(
    stored: dict[str, Any], key: str, path: Path, shape: tuple[int, int] | None
) -> np.ndarray:
    """Return a plane of whole numbers of the image's size, int64."""
    there = ", ".join(sorted(name for name in stored if not name.startswith("__")))
    if key not in stored:
        raise UserError(str(path), f"the variable {key}", there or "none", "download it again")
    plane = np.asarray(stored[key])
    if plane.ndim != 2 or shape not in (None, plane.shape):
        expected = "(height, width)" if shape is None else f"{shape[0]} × {shape[1]} px"
        raise UserError(
            f"{path}, {key}", f"{expected}, as its image", f"shape {plane.shape}",
            "give the labels of this image",
        )  # fmt: skip
    if plane.dtype.kind not in "uifb" or (plane != np.rint(plane)).any() or plane.min() < 0:
        raise UserError(
            f"{path}, {key}", "whole numbers from 0 on", f"{plane.dtype}", "download it again"
        )
    return plane.astype(np.int64)


def _types(
    stored: dict[str, Any], path: Path, numbers: np.ndarray, instances: np.ndarray
) -> np.ndarray:
    """Return the class of nuclei 1 to n: most of its pixels in type_map, else inst_type."""
    if "type_map" in stored:
        types = _plane(stored, "type_map", path, (instances.shape[0], instances.shape[1]))
    else:
        each = np.asarray(stored.get("inst_type", [])).ravel().astype(np.int64)
        ids = np.unique(numbers[numbers > 0])
        if len(each) != len(ids):
            raise UserError(
                str(path), f"type_map, or inst_type of {len(ids)} nuclei",
                f"inst_type of {len(each)}", "download it again",
            )  # fmt: skip
        types = np.concatenate([[0], each])[np.searchsorted(ids, numbers) + 1] * (numbers > 0)
    of_each = class_of_each(instances, types)
    if not of_each.all():
        raise UserError(
            str(path), "a class of each nucleus in type_map",
            f"none of {int((of_each == 0).sum())} of {len(of_each)}", "download it again",
        )  # fmt: skip
    return of_each
