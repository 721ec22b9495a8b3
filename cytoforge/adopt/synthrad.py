"""SynthRAD: CT and MR (or cone-beam CT) of the same patient, registered, with a mask of the body.

    Task1/pelvis/1PA001/mr.nii.gz   ct.nii.gz   mask.nii.gz                  2023
    Task2/brain/2BA001/cbct.nii.gz  ct.nii.gz   mask.nii.gz
    Task1/AB/1ABA001/mr_s1.nii.gz   ct_s1.nii.gz   fov_s1.nii.gz             2025, prepared
    Task1/AB/1ABA001/mr.mha   ct.mha   mask.mha                              2025

Each patient gives two rows, one per modality, which name each other in column `pair`. CT is scaled
by a window, `ct`, the others by percentiles of the body that the mask says.
"""

import re
from pathlib import Path
from typing import Any

from cytoforge.adopt.adopted import Adopted, SampleRow
from cytoforge.adopt.trees import refuse
from cytoforge.adopt.volume_configs import NORMALISATION, TILE_PX
from cytoforge.config.data_sets import DataSet
from cytoforge.images.names import usable_name

NAME = "synthrad"
_FILE = re.compile(r"(?P<kind>mr|cbct|ct|mask|fov)(_s1)?\.(nii(\.gz)?|mha)", re.IGNORECASE)
_MASKS = ("mask", "fov")


def adopt(tree: Path, to: Path) -> Adopted:
    """Return the rows of a tree. Nothing is copied into `to`.

    Raises UserError with all patients that lack a modality or the mask.
    """
    problems: list[str] = []
    rows: list[SampleRow] = []
    kinds: set[str] = set()
    for folder, files in _patients(tree).items():
        mask = next((files[kind] for kind in _MASKS if kind in files), None)
        others = [kind for kind in ("mr", "cbct") if kind in files]
        if "ct" not in files or len(others) != 1 or mask is None:
            there = ", ".join(sorted(path.name for path in files.values()))
            problems.append(f"{folder}: {there}, not ct, mask and one of mr and cbct")
            continue
        kinds.add(others[0])
        rows += _rows(folder, files, mask, others[0])
    if not rows and not problems:
        problems.append("no folder with mr.nii.gz, ct.nii.gz and mask.nii.gz (or .mha)")
    if len(kinds) > 1:
        problems.append("MR and cone-beam CT in one tree; name the folder of one task")
    expected = "folders of patients with ct.nii.gz, mask.nii.gz and mr.nii.gz (or cbct.nii.gz)"
    refuse(tree, expected, problems, "complete them, or take them away")
    return Adopted(rows, channels=("grey",), config=_config(kinds.pop()))


def _patients(tree: Path) -> dict[Path, dict[str, Path]]:
    found: dict[Path, dict[str, Path]] = {}
    for path in sorted(tree.rglob("*")):
        match = _FILE.fullmatch(path.name)
        if match and path.is_file():
            found.setdefault(path.parent, {})[match["kind"].lower()] = path
    return found


def _rows(folder: Path, files: dict[str, Path], mask: Path, other: str) -> list[SampleRow]:
    patient = usable_name(folder.name)
    return [
        SampleRow(
            f"{patient}_{kind}",
            files[kind],
            {
                "window": "ct" if kind == "ct" else "",
                "mask": str(mask.absolute()),
                "modality": kind,
                "source": NAME,
                "patient": patient,
                "region": folder.parent.name,
                "pair": f"{patient}_{partner}",
            },
        )
        for kind, partner in ((other, "ct"), ("ct", other))
    ]


def _config(other: str) -> DataSet:
    title = f"SynthRAD: CT of {other.upper()}"
    values: dict[str, Any] = {
        "images": {
            "channels": ["grey"],
            "normalisation": NORMALISATION["mr"],
            "volumes": {"body": "mask"},
        },
        "split": {"by": "patient"},
        "datasets": {
            "slices": {
                "domains": {other: {"modality": other}, "ct": {"modality": "ct"}},
                "pairs": "pair",
                "tile_px": TILE_PX,
                "sampler": {"method": "all"},
            }
        },
        "models": {"to_ct": {"dataset": "slices", "model": "cyclegan", "preset": "gpu"}},
        "sets": {"made_ct": {"translated_by": "to_ct", "from": other, "to": "ct", "split": "test"}},
        "report": {"title": title},
    }
    says = (
        f"{title}, slice by slice; outside the mask values are those that become 0.",
        "Tiles must fit into the slices: lower tile_px for small ones. Needs a GPU.",
    )
    return DataSet(says, values)
