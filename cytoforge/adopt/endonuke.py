"""EndoNuke: ER and PR of endometrium, nuclei as points, 100 × 100 µm tiles (Naumov et al. 2022).

    dataset/images/1441.png                            200 × 200 px (0.5 µm) or 400 × 400 (0.25 µm)
    dataset/labels/bulk/stud2/1441.txt                 one annotator of seven: lines `x y class`
    dataset/labels/agreement/hidden/ptg1/17.txt        tiles that all of them have labelled
    dataset/metadata/.../1441.json                     may say which slide or patient

Tiles are rows, whole: crops that overlap would count a nucleus two or three times. Points become
micrometres. Networks see one scale, so tiles of 0.5 µm are enlarged to 0.25 µm unless they are to
stay as they are. The agreement part is a table of its own, with a column of points per annotator,
and its tiles are in no other; F1 between its annotators, per tile and pair, is another table.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from cytoforge.adopt.adopted import Adopted, SampleRow
from cytoforge.adopt.point_labels import read_point_labels
from cytoforge.adopt.tile_metadata import identity_in
from cytoforge.adopt.trees import (
    files_by_stem,
    folders_called,
    is_hidden,
    one_name_each,
    part_of,
    refuse,
)
from cytoforge.config.split import SplitConfig
from cytoforge.errors import UserError
from cytoforge.images.header_size import header_size
from cytoforge.images.names import usable_name
from cytoforge.images.picture import write_png
from cytoforge.images.read import read_raw
from cytoforge.jobs.csv_file import csv_text
from cytoforge.metrics.annotator_agreement import COLUMNS, agreement_rows
from cytoforge.references.points import Points, write_points
from cytoforge.split.regions import SplitSource, split_regions

NAME = "endonuke"
AGREEMENT = "agreement"
# Side of a tile in pixels, and what a pixel is.
PIXEL_UM = {200: 0.5, 400: 0.25}
FINE_PX = 400
_FEWEST_GROUPS = 3  # train, val and test


@dataclass(frozen=True)
class Labelled:
    """Label files of a tile: by annotator, and for the agreement part by study."""

    bulk: dict[str, dict[str, Path]]
    agreement: dict[str, dict[str, dict[str, Path]]]


def adopt(tree: Path, to: Path, native: bool = False) -> Adopted:
    """Write the points of each tile, and those enlarged, into `to/endonuke`; return its rows.

    native : leave tiles of 0.5 µm per pixel at their size

    Raises UserError with all that is missing, and for labels that are no points of their tile.
    """
    images, labelled, metadata = _parts(tree)
    together = sorted(labelled.bulk.keys() & labelled.agreement)
    bulk = [tile for tile in labelled.bulk if tile not in together]
    points = _points(images, labelled)
    adopted = Adopted([], notices=_notices(images, labelled, together))
    groups = _groups(images, bulk, metadata, adopted.notices)
    splits = _splits(bulk, groups)
    take = _Taker(images, to / NAME, native)
    for tile in bulk:
        ((annotator, _),) = labelled.bulk[tile].items()
        columns = {"group": groups[tile], "annotator": annotator}
        columns["points"] = take.write("points", tile, points[tile, "", annotator])
        adopted.rows.append(take.row(tile, splits.get(tile, ""), columns))
    apart = adopted.apart.setdefault(AGREEMENT, [])
    for tile, studies in labelled.agreement.items():
        ((study, files),) = studies.items()
        columns = {"group": groups[tile], "study": study}
        for annotator in files:
            column = f"points_{annotator}"
            columns[column] = take.write(column, tile, points[tile, study, annotator])
        apart.append(take.row(tile, "test", columns))
    if apart:
        adopted.tables[f"{AGREEMENT}_f1.csv"] = _agreement(labelled, points)
    return adopted


def _agreement(labelled: Labelled, points: dict[tuple[str, str, str], Points]) -> str:
    """Return F1 between annotators as CSV, tiles by the names of their rows."""
    marked: dict[str, dict[str, dict[str, np.ndarray]]] = defaultdict(lambda: defaultdict(dict))
    for tile, studies in labelled.agreement.items():
        for study, files in studies.items():
            for annotator in files:
                marked[study][_name(tile)][annotator] = points[tile, study, annotator].xy_um
    return csv_text(COLUMNS, agreement_rows(marked))


def _name(tile: str) -> str:
    return f"{NAME}_{usable_name(tile)}"


class _Taker:
    """Writes what a tile becomes, and makes its row."""

    def __init__(self, images: dict[str, Path], folder: Path, native: bool) -> None:
        self.images, self.folder, self.native = images, folder, native

    def write(self, column: str, tile: str, points: Points) -> str:
        path = self.folder / column / f"{_name(tile)}.csv"
        write_points(path, _name(tile), points)
        return str(path.absolute())

    def row(self, tile: str, split: str, columns: dict[str, str]) -> SampleRow:
        path = self.images[tile]
        side = (header_size(path) or (0, 0))[0]
        if side != FINE_PX and not self.native:
            path, side = self._enlarged(tile), FINE_PX
        first = {"pixel_size_um": f"{PIXEL_UM[side]:g}", "split": split}
        return SampleRow(_name(tile), path, {**first, "stain": "IHC", "source": NAME, **columns})

    def _enlarged(self, tile: str) -> Path:
        pixels = read_raw(str(self.images[tile])).pixels[:3]
        if pixels.shape[0] != 3 or pixels.dtype != np.uint8:
            found = f"{pixels.shape[0]} channels, {pixels.dtype}"
            raise UserError(str(self.images[tile]), "colours of 8 bits", found, "download it again")
        picture = PillowImage.fromarray(np.ascontiguousarray(np.moveaxis(pixels, 0, -1)))
        larger = picture.resize((FINE_PX, FINE_PX), PillowImage.Resampling.BICUBIC)
        path = self.folder / "images" / f"{_name(tile)}.png"
        write_png(path, np.asarray(larger))
        return path


def _parts(tree: Path) -> tuple[dict[str, Path], Labelled, dict[str, Path]]:
    """Return images, label files and metadata by tile; UserError names all that is missing."""
    roots = folders_called(tree, ("images", "labels"))
    problems = [] if roots else ["no folder that holds both `images` and `labels`"]
    images: dict[str, Path] = {}
    labelled = Labelled({}, {})
    metadata: dict[str, Path] = {}
    if roots:
        images = files_by_stem(part_of(roots[0], "images"), (".png",), problems, deep=True)
        labelled = _label_files(part_of(roots[0], "labels"), images, problems)
        problems += one_name_each({str(path): _name(tile) for tile, path in images.items()})
        for path in images.values():
            size = header_size(path)
            if size is None or size[0] != size[1] or size[0] not in PIXEL_UM:
                problems.append(f"{path}: {size} px, not 200 × 200 or 400 × 400")
        if folders_called(tree, ("images", "metadata"))[:1] == roots[:1]:
            folder = part_of(roots[0], "metadata")
            metadata = files_by_stem(folder, (".json",), [], deep=True)
    refuse(
        tree,
        "dataset/images/*.png, dataset/labels/bulk/<annotator>/*.txt and"
        " dataset/labels/agreement/<study>/<annotator>/*.txt",
        problems,
        "unpack data.zip again",
    )
    return images, labelled, metadata


def _label_files(folder: Path, images: dict[str, Path], problems: list[str]) -> Labelled:
    """Return the label files of each tile, sorted."""
    bulk: dict[str, dict[str, Path]] = defaultdict(dict)
    agreement: dict[str, dict[str, dict[str, Path]]] = defaultdict(lambda: defaultdict(dict))
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() != ".txt" or is_hidden(path, folder):
            continue
        folders = path.relative_to(folder).parts[:-1]
        if len(folders) < 2:
            problems.append(f"{path}: not in bulk/<annotator>/ nor agreement/<study>/<annotator>/")
            continue
        part, *between, annotator = folders
        if path.stem not in images:
            problems.append(f"{path}: no image {path.stem}.png")
        elif part == "bulk":
            bulk[path.stem][annotator] = path
        elif part == AGREEMENT:
            agreement[path.stem]["_".join(between) or AGREEMENT][annotator] = path
        else:
            problems.append(f"{path}: neither below labels/bulk/ nor labels/agreement/")
    if not bulk:
        problems.append(f"{folder}: no bulk/<annotator>/<tile>.txt")
    problems += [
        f"tile {tile}: labelled twice in the bulk part, by {' and '.join(files)}"
        for tile, files in bulk.items()
        if len(files) > 1
    ]
    problems += [
        f"tile {tile}: in two studies, {' and '.join(studies)}"
        for tile, studies in agreement.items()
        if len(studies) > 1
    ]
    return Labelled(dict(sorted(bulk.items())), dict(sorted(agreement.items())))


def _not_by_all(agreement: dict[str, dict[str, dict[str, Path]]]) -> list[str]:
    """Name the tiles that an annotator of a study has not labelled, although others have."""
    annotators: dict[str, set[str]] = defaultdict(set)
    for studies in agreement.values():
        for study, files in studies.items():
            annotators[study] |= set(files)
    return [
        tile
        for tile, studies in agreement.items()
        if any(annotators[study] - set(files) for study, files in studies.items())
    ]


def _points(images: dict[str, Path], labelled: Labelled) -> dict[tuple[str, str, str], Points]:
    """Return all points by tile, study ("" in the bulk part) and annotator."""
    parts = {tile: {"": by} for tile, by in labelled.bulk.items()}
    files = {
        (tile, study, annotator): path
        for part in (parts, labelled.agreement)
        for tile, studies in part.items()
        for study, by in studies.items()
        for annotator, path in by.items()
    }
    problems: list[str] = []
    found = {}
    for key, path in files.items():
        side = (header_size(images[key[0]]) or (0, 0))[0]
        found[key] = read_point_labels(path, side, PIXEL_UM[side], problems)
    refuse(
        "labels",
        "lines `x y class`: pixels within the tile, and 0, 1 or 2",
        problems,
        "correct these lines, or download the labels again",
    )
    return found


def _groups(
    images: dict[str, Path], bulk: list[str], metadata: dict[str, Path], notices: list[str]
) -> dict[str, str]:
    """Return what must not be in two splits, by tile: its patient or slide, else the tile."""
    known = {tile: identity_in(metadata.get(tile)) for tile in images}
    named = {tile: value for tile, (_, value) in known.items()}
    found = {named[tile] for tile in bulk} - {""}
    if keys := sorted({known[tile][0] for tile in bulk} - {""}):
        notices.append(f"{len(found)} groups of tiles by {', '.join(keys)} of their metadata")
    unknown = sum(not named[tile] for tile in bulk)
    if found and len(found) + unknown < _FEWEST_GROUPS:
        text = f"metadata name {len(found)} patients or slides, too few for three splits: tiles"
        notices.append(f"{text} of one may be in two")
        return {tile: _name(tile) for tile in images}
    if unknown:
        text = f"{unknown} tiles: no metadata say of which patient or slide; each counts by itself"
        notices.append(f"{text}, so tiles of one patient may be in two splits")
    return {tile: group or _name(tile) for tile, group in named.items()}


def _splits(tiles: list[str], groups: dict[str, str]) -> dict[str, str]:
    """Return the split of each tile, groups whole; {} where there are too few tiles."""
    if len(tiles) < _FEWEST_GROUPS:
        return {}
    sources = [SplitSource(tile, 1, 1, {"group": groups[tile]}) for tile in tiles]
    return {one.image: one.split for one in split_regions(sources, SplitConfig(by="group"), 1)}


def _notices(images: dict[str, Path], labelled: Labelled, together: list[str]) -> list[str]:
    bare = len(images.keys() - labelled.bulk.keys() - labelled.agreement.keys())
    few = len(labelled.bulk) - len(together) < _FEWEST_GROUPS
    partly = _not_by_all(labelled.agreement)
    return [
        f"{len(partly)} tiles of the agreement part ({', '.join(partly[:5])}) lack labels of an"
        " annotator of their study: that cell is empty" * bool(partly),
        f"{bare} images have no labels and are left out" * (bare > 0),
        f"{len(together)} tiles of the agreement part are in the bulk part too, and left out of it"
        * bool(together),
        "fewer than three tiles: column `split` is empty" * few,
        "the tree has no agreement part" * (not labelled.agreement),
    ]
