"""Write the table of classes of label volumes: which numbers they have, and what these are called.

    python -m cytoforge.volumes LABELS... --names resources/labels/freesurfer.tsv --to classes.tsv

LABELS are label volumes (.nii, .nii.gz, .nrrd, .mha). `--names` is a table of value, class and
colour that may have more values than the volumes; one that it does not name is called
`value_<number>`. `--least N` lets values with fewer voxels in all volumes together become the class
of the first value, since a model cannot learn what it hardly sees. The result is for
`references.<name>.classes`.
"""

import argparse
import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError, told
from cytoforge.images.any_volume import read_any_header, read_any_voxels, refuse_doubts
from cytoforge.images.table import Purpose, read_table
from cytoforge.jobs.atomic import write_text

_NAMES = Purpose(
    "a table of names", "one row per value: value, class, colour", "value", "choose another",
    comments=False,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table and say what is in it."""
    parser = argparse.ArgumentParser(
        prog="python -m cytoforge.volumes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("labels", nargs="+", metavar="LABELS")
    parser.add_argument("--names", metavar="TABLE")
    parser.add_argument("--least", type=int, default=1, metavar="N")
    parser.add_argument("--to", default="classes.tsv", metavar="FILE")
    given = parser.parse_args(arguments)
    with told():
        counts = count_values(given.labels)
        text = classes_table(counts, read_names(given.names), given.least)
        write_text(given.to, text)
    small = sum(count < given.least for count in counts.values())
    print(f"{given.to}: {len(counts)} values, {small} of them with fewer than {given.least} voxels")


def count_values(files: Sequence[str]) -> Counter[int]:
    """Return how many voxels have each number, in all files together.

    Raises UserError for fractions: an image in place of labels.
    """
    counts: Counter[int] = Counter()
    for file in files:
        refuse_doubts(file)
        read_any_header(file)
        values, found = np.unique(read_any_voxels(file), return_counts=True)
        if (values != np.rint(values)).any():
            raise UserError(file, "whole numbers", "fractions", "give the label volume")
        counts.update(dict(zip(values.astype(np.int64).tolist(), found.tolist(), strict=True)))
    return counts


def read_names(table: str | None) -> dict[int, tuple[str, str]]:
    """Return class and colour by number."""
    if table is None:
        return {}
    rows = read_table(Path(table), _NAMES).rows
    return {int(row.get("value")): (row.get("class"), row.get("colour")) for row in rows}


def classes_table(
    counts: Mapping[int, int], names: Mapping[int, tuple[str, str]], least: int
) -> str:
    """Return the table of classes, by number, as `references.<name>.classes` takes it.

    >>> print(classes_table({0: 90, 2: 8, 530: 1}, {2: ("cortex", "#ff0000")}, 5), end="")
    value	class	colour
    0	background	#202028
    2	cortex	#ff0000
    530	background	#202028
    """
    names = {0: ("background", "#202028"), **names}
    ground = names.get(min(counts), (f"value_{min(counts)}", ""))
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(["value", "class", "colour"])
    for value in sorted(counts):
        own = names.get(value, (f"value_{value}", ""))
        writer.writerow([value, *(own if counts[value] >= least else ground)])
    return text.getvalue()


if __name__ == "__main__":
    main()
