"""Write the volumes of a set as a folder of nnU-Net version 2, to train a segmenter on them.

nnU-Net wants numbers without a gap, background 0: label volumes get the numbers of the classes in
the order of their table, and dataset.json says what they are called.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError, told
from cytoforge.images.formats.nifti import voxels
from cytoforge.images.nifti_header import read_header
from cytoforge.jobs.atomic import atomic_path, write_json
from cytoforge.jobs.csv_file import read_csv
from cytoforge.jobs.optional_files import read_json
from cytoforge.volumes.nifti_file import write_nifti
from cytoforge.volumes.sidecar import HU
from cytoforge.volumes.stack import COLUMNS

_ENDING = ".nii.gz"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write a folder of nnU-Net from a set of a finished run."""
    parser = argparse.ArgumentParser(
        prog="python -m cytoforge.volumes.nnunet_folder", description=__doc__
    )
    parser.add_argument("set", metavar="SET", help="folder of a set, e.g. results/sets/oasis")
    parser.add_argument("codes", metavar="CODES", help="results/references/<name>/codes.json")
    parser.add_argument("folder", metavar="FOLDER", help="e.g. Dataset101_Made")
    given = parser.parse_args(arguments)
    with told():
        codes = (read_json(Path(given.codes)) or {}).get("codes", [])
        count = write_folder(Path(given.set), codes, Path(given.folder))
    print(f"{given.folder}: {count} cases")


def write_folder(made: Path, codes: Sequence[Mapping[str, object]], folder: Path) -> int:
    """Write imagesTr, labelsTr and dataset.json; return the number of cases.

    Parameters
    ----------
    made : folder of a set, which holds volumes.csv
    codes : rows of codes.json: name, and the numbers that label volumes have

    Raises
    ------
    UserError : no codes, no class with the value 0, or a volume without an image
    """
    if not codes:
        raise UserError(str(made), "codes of its label maps", "none", "name their codes.json")
    codes = _background_first(codes)
    count, channels = 0, {}
    for _, row in read_csv(made / "volumes.csv", COLUMNS, "make the volumes again"):
        if not row["image"]:
            found = "label volumes alone"
            raise UserError(row["name"], "volumes with images", found, "choose another set")
        for channel, file in enumerate(row["image"].split("; ")):
            _copy(made / file, folder / "imagesTr" / f"{row['name']}_{channel:04d}{_ENDING}")
        _write_labels(made / row["labels"], folder / "labelsTr" / f"{row['name']}{_ENDING}", codes)
        channels = (read_json(made / row["sidecar"]) or {}).get("channels", {})
        count += 1
    names = ["background", *(str(row["name"]) for row in codes[1:])]
    about = {
        "channel_names": {
            str(n): "CT" if one["unit"] == HU else name
            for n, (name, one) in enumerate(channels.items())
        },
        "labels": {name: code for code, name in enumerate(names)},
        "numTraining": count,
        "file_ending": _ENDING,
    }
    write_json(folder / "dataset.json", about)
    return count


def _background_first(codes: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Return the codes with the class of the value 0 first: nnU-Net's background."""
    ground = [row for row in codes if _number(row) == 0]
    if not ground:
        named = ", ".join(f"{row['name']}: {_number(row)}" for row in codes)
        fix = "give the background the value 0 first in the classes of the reference"
        raise UserError("codes.json", "a class whose first value is 0", named, fix)
    return [*ground, *(row for row in codes if _number(row) != 0)]


def _write_labels(source: Path, target: Path, codes: Sequence[Mapping[str, object]]) -> None:
    """Write a label volume in codes."""
    stored = np.asarray(voxels(str(source)))
    table = np.zeros(int(stored.max()) + 1, np.uint8)
    for code, row in enumerate(codes):
        if (number := _number(row)) < len(table):
            table[number] = code
    write_nifti(target, table[stored], read_header(source))


def _number(row: Mapping[str, object]) -> int:
    """Return the number that label volumes have for a code: the first of its class."""
    values = row.get("values")
    first = values[0] if isinstance(values, list) and values else row["code"]
    return int(str(first))


def _copy(source: Path, target: Path) -> None:
    with atomic_path(target) as temporary:
        temporary.write_bytes(source.read_bytes())


if __name__ == "__main__":
    main()
