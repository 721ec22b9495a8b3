"""autoPET: CT and PET of whole bodies, with lesions as labels.

    Dataset001/imagesTr/case_0000.nii.gz (CT), case_0001.nii.gz (PET), labelsTr    III: nnU-Net's
    FDG/PETCT_0af7ffe12a/08-12-2005-study/CTres.nii.gz  SUV.nii.gz  SEG.nii.gz     I and II

The CT (on the grid of the PET) becomes the image, in Hounsfield units; the PET stands in a column
of its own, `suv`, since the two cannot be scaled by one window. Studies of a patient stay together.
"""

import re
from pathlib import Path

from cytoforge.adopt import nnunet
from cytoforge.adopt.adopted import Adopted, SampleRow
from cytoforge.adopt.trees import folders_called, refuse
from cytoforge.adopt.volume_configs import volume_config
from cytoforge.images.names import usable_name

NAME = "autopet"
CLASSES = {"background": 0, "lesion": 1}
_FILES = ("CTres", "SUV", "SEG")
_PETCT = re.compile(r"(?P<patient>(fdg|psma)_[^_]+)_.*", re.IGNORECASE)


def adopt(tree: Path, to: Path) -> Adopted:
    """Return the rows of a tree. Nothing is copied into `to`.

    Raises UserError with all studies that lack a file.
    """
    if folders_called(tree, nnunet.PARTS):
        rows = [_of_nnunet(row) for row in nnunet.adopt(tree, to).rows]
    else:
        rows = _of_studies(tree)
    config = volume_config("autoPET: CT of labels", ["grey"], CLASSES, "ct")
    few = "labels are lesions alone: a body needs organs too, e.g. by TotalSegmentator, in `labels`"
    return Adopted(rows, channels=("grey",), config=config, notices=[few])


def _of_nnunet(row: SampleRow) -> SampleRow:
    """Return the row of a case with its CT as the image; names are tracer_patient_study."""
    channels = [key for key in row.columns if key not in ("labels", "source", "patient")]
    match = _PETCT.fullmatch(row.columns["patient"])
    patient = match["patient"] if match else row.columns["patient"]
    named = {"labels": row.columns["labels"], "source": NAME, "patient": patient}
    if not channels:
        return SampleRow(row.name, row.path, named)
    ct, *others = (row.columns[channel] for channel in channels)
    return SampleRow(row.name, Path(ct), {**named, **({"suv": others[0]} if others else {})})


def _of_studies(tree: Path) -> list[SampleRow]:
    rows, problems = [], []
    studies = sorted({path.parent for path in tree.rglob("*.nii.gz")})
    for study in studies:
        files = {name: study / f"{name}.nii.gz" for name in _FILES}
        lacking = [path.name for path in files.values() if not path.is_file()]
        if lacking:
            problems.append(f"{study}: no {', '.join(lacking)}")
            continue
        patient = usable_name(study.parent.name)
        columns = {
            "suv": str(files["SUV"].absolute()),
            "labels": str(files["SEG"].absolute()),
            "source": NAME,
            "patient": patient,
        }
        rows.append(SampleRow(usable_name(f"{patient}_{study.name}"), files["CTres"], columns))
    if not studies:
        problems.append("no folder with CTres.nii.gz, SUV.nii.gz and SEG.nii.gz")
    expected = "studies with CTres.nii.gz, SUV.nii.gz and SEG.nii.gz, or a folder of nnU-Net"
    refuse(tree, expected, problems, "complete them, or take them away")
    return rows
