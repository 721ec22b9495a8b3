"""nnU-Net version 2: volumes and label volumes of one folder, as described by its dataset.json.

    Dataset001_Liver/dataset.json                      channel_names, labels
    Dataset001_Liver/imagesTr/liver_003_0000.nii.gz    a file per case and channel
    Dataset001_Liver/labelsTr/liver_003.nii.gz

Files (.nii.gz, or .nrrd and .mha as `file_ending` may say) stay where they are. Cases of imagesTs
have no labels and are left out. Whether two cases are of one patient is not said: each counts as a
patient of its own.
"""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from cytoforge.adopt.adopted import Adopted, SampleRow
from cytoforge.adopt.trees import folders_called, part_of, refuse
from cytoforge.adopt.volume_configs import volume_config
from cytoforge.images.any_volume import is_any_volume
from cytoforge.images.names import usable_name

NAME = "nnunet"
PARTS = ("imagesTr", "labelsTr")
_CHANNEL = re.compile(r"(?P<case>.+)_(?P<channel>\d{4})\.(nii(\.gz)?|nrrd|mha)", re.IGNORECASE)
_EXPECTED = (
    "a folder of nnU-Net: dataset.json, imagesTr with case_0000.nii.gz, labelsTr with case.nii.gz"
)


def adopt(tree: Path, to: Path) -> Adopted:
    """Return the rows of a folder, one per case. Nothing is copied into `to`.

    Raises UserError with all that a folder lacks: channels, labels, a readable dataset.json.
    """
    problems: list[str] = []
    roots = folders_called(tree, PARTS)
    problems += [] if roots else ["no folder that holds imagesTr and labelsTr"]
    root = roots[0] if roots else tree
    about = _about(root / "dataset.json", problems) if roots else {}
    cases = _cases(part_of(root, PARTS[0]), problems) if roots else {}
    labels = _labels(part_of(root, PARTS[1])) if roots else {}
    channels = channel_names(about, max(map(len, cases.values()), default=1))
    for case, files in cases.items():
        if case not in labels:
            problems.append(f"case {case}: no labels in labelsTr")
        numbers = set(range(len(channels)))
        problems += [f"case {case}: no channel {n:04d}" for n in sorted(numbers - files.keys())]
        problems += [
            f"case {case}: dataset.json has no channel {number:04d}"
            for number in sorted(files.keys() - numbers)
        ]
    problems += [f"labels {case}: no image in imagesTr" for case in labels.keys() - cases.keys()]
    if roots and not cases:
        problems.append("imagesTr: no file such as case_0000.nii.gz")
    refuse(tree, _EXPECTED, problems, "complete it, or take the cases away that lack a file")
    rows = [_row(case, files, labels[case], channels) for case, files in cases.items()]
    adopted = Adopted(rows, channels=tuple(channels), notices=_notices(about, channels))
    adopted.config = volume_config(
        f"nnU-Net: {about.get('name', root.name)}", channels, classes_of(about), _modality(channels)
    )
    return adopted


def channel_names(about: dict[str, Any], count: int = 1) -> list[str]:
    """Return names of channels that columns may have, no two alike, in the order of their numbers.

    count : of channels that files have, where dataset.json names none

    >>> channel_names({"channel_names": {"1": "PET", "0": "CT"}}), channel_names({})
    (['CT', 'PET'], ['grey'])
    >>> channel_names({"channel_names": {"0": "MRI", "1": "MRI"}})
    ['MRI', 'MRI_1']
    """
    named = about.get("channel_names") or about.get("modality")
    named = named or ({"0": "grey"} if count == 1 else dict.fromkeys(map(str, range(count)), "c"))
    names: list[str] = []
    for key in sorted(named, key=int):
        name = usable_name(str(named[key])) or "c"
        names.append(f"{name}_{key}" if name in names or name == "c" else name)
    return names


def classes_of(about: dict[str, Any]) -> dict[str, int]:
    """Return the number of each class, in the order of the numbers, background first.

    A number that only regions have is called like the smallest of these. Numbers may be written as
    text, and numbers and names the other way round, as version 1 has them.

    >>> classes_of({"labels": {"background": 0, "whole tumour": [1, 2], "core": 2}})
    {'background': 0, 'whole_tumour': 1, 'core': 2}
    >>> classes_of({"labels": {"0": "background", "1": "liver"}})
    {'background': 0, 'liver': 1}
    """
    numbered = _numbered(about)
    own = {values[0]: name for name, values in numbered.items() if len(values) == 1}
    regions = sorted((len(values), name) for name, values in numbered.items() if len(values) > 1)
    for _, name in regions:
        own = {**dict.fromkeys(numbered[name], name), **own}
    found: dict[str, int] = {}
    for value, text in sorted(own.items()):
        name = usable_name(text) or f"class_{value}"
        found[f"{name}_{value}" if name in found else name] = value
    return found


def _numbered(about: dict[str, Any]) -> dict[str, list[int]]:
    """Return the numbers of each name of dataset.json: several of a region; those that cannot be
    read are left out."""
    labels = about.get("labels") or {}
    if labels and all(str(key).isdecimal() and isinstance(v, str) for key, v in labels.items()):
        labels = {name: key for key, name in labels.items()}
    lists = {name: v if isinstance(v, list) else [v] for name, v in labels.items()}
    return {
        str(name): [int(value) for value in values]
        for name, values in lists.items()
        if values and all(str(value).isdecimal() for value in values)
    }


def _about(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(f"{path}: no such file")
        return {}
    except (OSError, ValueError) as error:
        problems.append(f"{path}: {error}")
        return {}
    if not isinstance(about, dict) or not isinstance(about.get("labels"), dict):
        problems.append(f"{path}: no `labels`, the numbers of the classes by name")
        return {}
    if len(classes_of(about)) < 2:
        problems.append(f"{path}: `labels` has fewer than two classes with a number")
    return about


def _cases(folder: Path, problems: list[str]) -> dict[str, dict[int, Path]]:
    """Return the files of each case by the number of their channel."""
    found: dict[str, dict[int, Path]] = defaultdict(dict)
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        match = _CHANNEL.fullmatch(path.name)
        if match is None:
            problems.append(f"{path}: not named like case_0000.nii.gz")
        else:
            found[match["case"]][int(match["channel"])] = path
    return dict(found)


def _labels(folder: Path) -> dict[str, Path]:
    files = (path for path in sorted(folder.iterdir()) if not path.name.startswith("."))
    return {
        re.sub(r"\.(nii(\.gz)?|nrrd|mha)$", "", path.name, flags=re.I): path
        for path in files
        if is_any_volume(path)
    }


def _row(case: str, files: dict[int, Path], labels: Path, channels: list[str]) -> SampleRow:
    name = usable_name(case)
    columns = {"labels": str(labels.absolute()), "source": NAME, "patient": case}
    if len(channels) == 1:
        return SampleRow(name, files[0], columns)
    named = {channels[number]: str(path.absolute()) for number, path in sorted(files.items())}
    return SampleRow(name, None, {**named, **columns})


def _modality(channels: list[str]) -> str:
    return "ct" if [name.casefold() for name in channels] == ["ct"] else "mr"


def _notices(about: dict[str, Any], channels: list[str]) -> list[str]:
    classes = classes_of(about)
    regions = [n for n, numbers in _numbered(about).items() if len(numbers) > 1]
    lost = [name for name in regions if usable_name(name) not in classes]
    several = "channels are scaled by percentiles of the body, CT too; keep `ct` alone in"
    return [
        f"regions of several classes are left out: {', '.join(lost)}" if lost else "",
        f"{several} images.channels for Hounsfield units" if len(channels) > 1 else "",
    ]
