"""BCI: pairs of H&E and HER2 of the same place on neighbouring sections (Liu et al. 2022).

    HE/train/00000_train_1+.png     IHC/train/00000_train_1+.png
    HE/test/00000_test_2+.png       IHC/test/00000_test_2+.png

A pair shares its name; its end is the HER2 score of the slide (0, 1+, 2+, 3+), not of the image.
The official test is kept; a fifth of the training pairs of each score, whole images, validates.
Which pairs come from one slide is not said: those of val may.
"""

import re
from collections import defaultdict
from pathlib import Path

from cytoforge.adopt.adopted import Adopted, SampleRow
from cytoforge.adopt.trees import (
    drawn,
    files_by_stem,
    folders_called,
    part_of,
    refuse,
)
from cytoforge.images.header_size import header_size

NAME = "bci"
VAL_SHARE = 0.2
STAINS = ("IHC", "HE")
PARTS = ("train", "test")
ENDINGS = (".png", ".jpg", ".jpeg", ".ppm", ".bmp", ".tif", ".tiff")
READ = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
_PAIR = re.compile(r"(?P<number>\d+)_(?P<part>train|test)_(?P<score>0|1\+|2\+|3\+)", re.IGNORECASE)


def adopt(tree: Path, to: Path) -> Adopted:
    """Return the rows of a tree: both images of each pair. Nothing is copied into `to`.

    Raises UserError with all images that have no partner, another size than it, or another name.
    """
    files = _files(tree)
    sections = {stem: _section(stem) for stem in files[STAINS[0]]}
    by_score: dict[str, list[str]] = defaultdict(list)
    for section, part, score in sections.values():
        if part == "train":
            by_score[score].append(section)
    val = set().union(*(drawn(by_score[s], VAL_SHARE, f"{NAME} {s}") for s in by_score))
    rows = []
    for stem, (section, part, score) in sections.items():
        split = "val" if section in val else part
        for stain, other in (STAINS, STAINS[::-1]):
            columns = {
                "split": split,
                "stain": stain,
                "source": NAME,
                "her2": score,
                "group": section,
                "pair": _name(section, other),
            }
            rows.append(SampleRow(_name(section, stain), files[stain][stem], columns))
    return Adopted(sorted(rows, key=lambda row: row.name))


def _section(stem: str) -> tuple[str, str, str]:
    """Return what both images of a pair share, its part and its score.

    >>> _section("00012_train_1+")
    ('train_00012_1plus', 'train', '1+')
    """
    match = _PAIR.fullmatch(stem)
    assert match
    part, score = match["part"].lower(), match["score"]
    return f"{part}_{match['number']}_{score.replace('+', 'plus')}", part, score


def _name(section: str, stain: str) -> str:
    return f"{NAME}_{section}_{stain}"


def _files(tree: Path) -> dict[str, dict[str, Path]]:
    """Return the files of each stain by stem, of pairs that are whole."""
    roots = folders_called(tree, STAINS)
    problems = [] if roots else ["no folder that holds both"]
    files: dict[str, dict[str, Path]] = {stain: {} for stain in STAINS}
    for stain in STAINS if roots else ():
        folder = part_of(roots[0], stain)
        files[stain] = files_by_stem(folder, ENDINGS, problems, deep=True)
        for stem, path in files[stain].items():
            match = _PAIR.fullmatch(stem)
            if match is None:
                problems.append(f"{path}: not named like 00012_train_1+.png")
            elif path.parent.name.casefold() not in (match["part"].lower(), stain.casefold()):
                problems.append(f"{path}: called {match['part']}, in folder {path.parent.name}")
            elif path.suffix.lower() not in READ:
                problems.append(f"{path}: convert it to PNG or TIFF")
    if roots and not problems:
        problems = _unpaired(files)
    refuse(
        tree,
        "folders HE and IHC, each with train and test, and in both the same names, e.g."
        " 00012_train_1+.png",
        problems,
        "unpack the archive again, or take away the images that have no partner",
    )
    return files


def _unpaired(files: dict[str, dict[str, Path]]) -> list[str]:
    problems = []
    for stain, other in (STAINS, STAINS[::-1]):
        lonely = [path for stem, path in files[stain].items() if stem not in files[other]]
        problems += [f"{path}: no image of this name in {other}" for path in lonely]
    for stem in files[STAINS[0]] if not problems else ():
        one, two = (header_size(files[stain][stem]) for stain in STAINS)
        if one != two:
            problems.append(f"{files[STAINS[0]][stem]}: {one} px, its partner {two}")
    parts = {_section(stem)[1] for stem in files[STAINS[0]]} if not problems else set(PARTS)
    return problems + [f"no image of {part}" for part in PARTS if part not in parts]
