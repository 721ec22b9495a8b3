"""Give the structures of a label volume the numbers that a model knows.

    python -m cytoforge.volumes.renumber LABELS --table TABLE --to FILE

TABLE has the columns `value` and `becomes`. So label volumes of another program, with numbers of
its own and without any image, become maps of a model: a skull becomes a bone that it has seen,
fluid of the brain a fluid. The grid stays; nothing is resampled.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError, told
from cytoforge.images.formats.nifti import voxels
from cytoforge.images.nifti_header import read_header
from cytoforge.images.table import Purpose, read_table
from cytoforge.volumes.nifti_file import write_nifti

_NUMBERS = Purpose(
    "a table of numbers", "one row per value: value, becomes", "value", "choose another",
    comments=False,
)  # fmt: skip
_TYPES = (np.uint8, np.int16, np.int32)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the label volume and say how many numbers it has."""
    parser = argparse.ArgumentParser(
        prog="python -m cytoforge.volumes.renumber",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("labels", metavar="LABELS")
    parser.add_argument("--table", required=True, metavar="TABLE")
    parser.add_argument("--to", required=True, metavar="FILE")
    given = parser.parse_args(arguments)
    with told():
        before, after = renumber(given.labels, given.table, given.to)
    print(f"{given.to}: {before} numbers became {after}")


def renumber(labels: str, table: str, target: str) -> tuple[int, int]:
    """Write the labels with the numbers of a table; return how many there were, and how many are.

    Raises
    ------
    UserError : a number that the table does not have, a fraction, or a table that is none
    """
    numbers = _read(table)
    header = read_header(labels)
    stored = np.asarray(voxels(labels)).reshape(header.shape[:3])
    values, places = np.unique(stored, return_inverse=True)
    if unknown := [value for value in values.tolist() if value not in numbers]:
        listed = ", ".join(f"{value:g}" for value in unknown[:10])
        raise UserError(table, f"a row for each number of {labels}", f"none for {listed}", "add it")
    new = np.array([numbers[value] for value in values.tolist()])
    dtype = next(kind for kind in _TYPES if new.max() <= np.iinfo(kind).max)
    write_nifti(target, new.astype(dtype)[places].reshape(stored.shape), header)
    return len(values), len(set(new.tolist()))


def _read(table: str) -> Mapping[float, int]:
    found = {}
    for row in read_table(Path(table), _NUMBERS).rows:
        try:
            found[float(int(row.get("value")))] = int(row.get("becomes"))
        except ValueError as error:
            raise UserError(
                table,
                "whole numbers in columns `value` and `becomes`",
                f"{row.get('value')!r} and {row.get('becomes')!r}",
                "correct the row",
            ) from error
    return found


if __name__ == "__main__":
    main()
