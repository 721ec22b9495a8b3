"""Take a data set as people download it: samples.tsv, label images beside it, and a whole config.

    python -m cytoforge.adopt DATA_SET FOLDER [--to DIR] [--add] [--native]

DATA_SET is pannuke, consep, kumar, endonuke or bci; of volumes nnunet, synthrad or autopet.

FOLDER is the unpacked archive, whose files stay where they are. Into DIR come samples.tsv,
<data set>.yaml and what had to be converted. `--add` adds to the table that is there, e.g. H&E of
PanNuke beside IHC of EndoNuke. `--native` leaves EndoNuke's tiles of 0.5 µm per pixel at their
size.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from cytoforge.adopt import autopet, bci, endonuke, nnunet, pannuke, synthrad
from cytoforge.adopt.adopted import Adopted, SampleRow, refuse_table, write_rows
from cytoforge.adopt.mat_trees import adopt_consep, adopt_kumar
from cytoforge.adopt.trees import tree_at
from cytoforge.config.generate import config_text, data_set_text
from cytoforge.errors import told
from cytoforge.images.samples import read_samples
from cytoforge.jobs.atomic import write_text

DATA_SETS: dict[str, Callable[[Path, Path], Adopted]] = {
    "pannuke": pannuke.adopt,
    "consep": adopt_consep,
    "kumar": adopt_kumar,
    "endonuke": endonuke.adopt,
    "bci": bci.adopt,
    "nnunet": nnunet.adopt,
    "synthrad": synthrad.adopt,
    "autopet": autopet.adopt,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Adopt a data set and say what was found."""
    parser = argparse.ArgumentParser(
        prog="python -m cytoforge.adopt",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data_set", choices=sorted(DATA_SETS))
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--to", default=".", metavar="DIR")
    parser.add_argument("--add", action="store_true")
    parser.add_argument("--native", action="store_true")
    given = parser.parse_args(arguments)
    if given.native and given.data_set != endonuke.NAME:
        parser.error(f"--native is for {endonuke.NAME}")
    with told():
        print(adopt_tree(given.data_set, given.folder, given.to, given.add, given.native))


def adopt_tree(data_set: str, folder: str, to: str, add: bool = False, native: bool = False) -> str:
    """Write samples.tsv, the config and what is converted into a folder; return what to tell.

    Raises UserError with all that a tree lacks, and for a table that is there already unless rows
    are to be added to it.
    """
    table, config = Path(to) / "samples.tsv", Path(to) / f"{data_set}.yaml"
    if not add:
        refuse_table(table)
    take = partial(endonuke.adopt, native=True) if native else DATA_SETS[data_set]
    adopted = take(tree_at(folder), Path(to))
    count = write_rows(table, adopted.rows)
    read_samples(table, adopted.channels)
    lines = [f"{data_set}: {_in_words(adopted.rows)}."]
    for ending, rows in adopted.apart.items():
        if rows:
            write_rows(Path(to) / f"{data_set}_{ending}.tsv", rows)
            lines.append(f"{data_set}_{ending}.tsv: {_in_words(rows)}.")
    for ending, text in adopted.tables.items():
        write_text(Path(to) / f"{data_set}_{ending}", text)
        lines.append(f"{data_set}_{ending}: {text.count(chr(10)) - 1} rows.")
    if not config.exists():  # with --add it may be there, and changed since
        own = adopted.config
        write_text(config, config_text(own.says, own.values) if own else data_set_text(data_set))
    notices = [f"notice: {text}" for text in adopted.notices if text]
    written = f"Written: {table} ({count} rows) and {config}. A plan:"
    run = f"  .venv/bin/snakemake --cores all -n --directory {to} --configfile {config}"
    return "\n".join([*lines, *notices, written, run])


def _in_words(rows: Sequence[SampleRow]) -> str:
    """Return e.g. `3 images (train 1, val 1, test 1)`."""
    counts = Counter(row.columns.get("split") or "no split" for row in rows)
    return f"{len(rows)} images ({', '.join(_listed(counts))})"


def _listed(counts: Counter[str]) -> Iterator[str]:
    known = [split for split in ("train", "val", "test", "no split") if counts[split]]
    yield from (f"{split} {counts[split]}" for split in known)


if __name__ == "__main__":
    main()
