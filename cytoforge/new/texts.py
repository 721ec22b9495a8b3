"""samples.tsv and config.yaml of a new project, with the guesses they stand on as comments."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from cytoforge.config.derived_channels import INVERTED
from cytoforge.images.modality import PHASE
from cytoforge.images.names import MAX_LENGTH, is_name, usable_name
from cytoforge.images.time_series import TIME_COLUMN
from cytoforge.new.guess import Folder
from cytoforge.new.starts import STARTS, channels_of_cells

# Fewer sources than this are cut into strips, as the config's `split.by` says.
_FEWEST_IMAGES = 6
_MOST_STRANGE = 5
# Of the shorter side, the strips of val, which must hold a tile.
_STRIP = 0.15


def table_text(folder: Folder) -> str:
    """Return samples.tsv: a row for each image, named like its file."""
    columns = list(next(iter(folder.images.values())))
    more = {"planes": "all"} if folder.planes else {}
    of_frames = {
        **({"series": [_cell(field) for field in folder.fields]} if folder.fields else {}),
        **({TIME_COLUMN: [f"{hour:g}" for hour in folder.hours]} if folder.hours else {}),
    }
    rows = ["\t".join(["image", *columns, *more, *of_frames])]
    names = _names(list(folder.images))
    for number, (name, files) in enumerate(zip(names, folder.images.values(), strict=True)):
        cells = [name, *(str(files[column].absolute()) for column in columns), *more.values()]
        rows.append("\t".join([*cells, *(values[number] for values in of_frames.values())]))
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return usable_name(text) or "field"


def _names(stems: Sequence[str]) -> list[str]:
    names: list[str] = []
    taken: set[str] = set()
    for number, stem in enumerate(stems, 1):
        name = usable_name(stem) or f"image_{number}"
        if name.casefold() in taken:
            name = f"{name[: MAX_LENGTH - 7]}_{number}"
        taken.add(name.casefold())
        names.append(name)
    assert all(map(is_name, names))
    return names


def config_text(folder: Folder, source: str, table: str) -> str:
    """Return config.yaml.

    Parameters
    ----------
    source : the folder, as the user named it
    table : path of samples.tsv, relative to the working directory
    """
    start = STARTS[folder.kind.modality]
    tile = tile_px(folder)
    settings = {**start.segmentation, **_channels(folder)}
    level = _levels(folder)
    parts: list[tuple[list[str], dict[str, object]]] = [
        (list(facts(folder, source)), {"samples": table}),
        (["Channels that the generator makes."], {"images": _images(folder)}),
        (_split_reason(folder), {"split": _split(folder, tile)}),
        (
            [
                f"{folder.kind.modality}: {start.why}.",
                "`gap`: on for scratch assays. Before training: make look CONFIG=this file",
            ],
            {"segmentations": {"cells": settings}},
        ),
        (level[0], {"references": {"labels": {"segmentation": "cells", **level[1]}}}),
        ([], {"datasets": {"tiles": {"reference": "labels", "tile_px": tile}}}),
        (
            ["`preset: fast` is for a laptop, `preset: gpu` for a graphics card."],
            {"models": {"pix2pix": {"dataset": "tiles", "model": "pix2pix", "preset": "fast"}}},
        ),
        ([], {"metrics": {"patch_px": min(tile, 128)}}),
    ]
    return "\n".join("".join(_part(comments, values)) for comments, values in parts)


def _part(comments: Sequence[str], values: dict[str, object]) -> Iterator[str]:
    for line in comments:  # file names may hold anything
        yield "# " + "".join(c if c.isprintable() else "?" for c in line) + "\n"
    yield yaml.safe_dump(values, sort_keys=False, allow_unicode=True)


def facts(folder: Folder, source: str) -> Iterator[str]:
    """Yield the lines that say what was found and what it was taken for."""
    kind, sizes = folder.kind, folder.sizes
    yield f"Made by `python -m cytoforge.new` from {source}; every key: config/README.md."
    count = len(folder.images)
    stacks = " (stacks)" if folder.planes else ""
    yield f"{count} {'image' if count == 1 else 'images'}{stacks}, {kind.dtype},"
    first, last = (f"{height} × {width}" for height, width in (sizes[0], sizes[-1]))
    yield f"  {first if first == last else f'{first} to {last}'} px; channels"
    yield f"  {', '.join(kind.channels)}; pixel size {_pixel_size(folder)}"
    yield f"Taken for {kind.modality}: {folder.guess.why}."
    if folder.halos is not None:
        yield "The network for it knows cells in bright halos: beside what it finds it is"
        yield f"  {folder.halos.plain:.2f} standard deviations brighter than on the ground,"
        taken = ": inverted, then" if folder.halos.are_dark else ""
        yield f"  {folder.halos.inverted:.2f} when inverted{taken}."
    if folder.found.labels:
        labels = folder.found.labels
        yield f"{len(labels)} label images are left out, e.g. {labels[0]}:"
        yield "  a column `cells_labels` or `nuclei_labels` and `method: labels` would use them."
    for path, what in list(folder.strange.items())[:_MOST_STRANGE]:
        yield f"Left out: {path.name} ({' '.join(what.split())})"
    if (more := len(folder.strange) - _MOST_STRANGE) > 0:
        yield f"Left out: {more} more of another kind"


def _pixel_size(folder: Folder) -> str:
    if folder.pixel_size_um:
        return f"{folder.pixel_size_um:.4g} µm, from the files"
    return "not in the files: set images.pixel_size_um if it is known"


def _images(folder: Folder) -> dict[str, object]:
    return {"channels": list(folder.kind.channels)}


def _channels(folder: Folder) -> dict[str, object]:
    """Return the channels of the segmentation, where its method reads several by name, or cells
    are to be inverted."""
    # Free ground between unstained cells is no wound: their texture tells.
    method = {"method": "texture"} if folder.kind.modality == PHASE else {}
    gap: dict[str, object] = {"gap": {"enabled": False, **method}}
    if folder.halos is not None and folder.halos.are_dark:
        several = f"_{folder.kind.channels[-1]}" if len(folder.kind.channels) > 1 else ""
        return {"cytoplasm_channel": f"{INVERTED}{several}", **gap}
    if not STARTS[folder.kind.modality].names_channels or len(folder.kind.channels) == 1:
        return gap
    nuclei, cells = channels_of_cells(folder.kind.channels)
    return {"nuclei_channel": nuclei, "cytoplasm_channel": cells, **gap}


def _levels(folder: Folder) -> tuple[list[str], dict[str, object]]:
    start = STARTS[folder.kind.modality]
    table: list[dict[str, object]] = []
    for region in start.regions:
        layers = start.layers if region == "cytoplasm" else ()
        table += [{"name": n, "region": region, "layer": k} for k, n in enumerate(layers)]
        if not layers:
            table.append({"name": region, "region": region})
    if table:
        told = "Levels of what the method finds, later ones over earlier ones."
        inverted = folder.halos is not None and folder.halos.are_dark
        # Layers are sorted by grey values that the image stores, and not by inverted ones.
        stored = {"layer_channel": folder.kind.channels[-1]} if inverted and start.layers else {}
        return [told], {**stored, "levels": table}
    if len(folder.kind.channels) > 1:
        told = "7 levels: cells in three layers by the grey value of their cytoplasm."
        return [told], {"levels": 7}
    return ["4 levels: gap, background, cells and nuclei with rims."], {"levels": 4}


def _split(folder: Folder, tile: int) -> dict[str, object]:
    if folder.fields and len(set(folder.fields)) >= _FEWEST_IMAGES and not folder.planes:
        return {"by": "series"}
    if len(folder.images) >= _FEWEST_IMAGES and not folder.planes and not folder.fields:
        return {"by": "image"}
    return {"by": "blocks", "block_px": tile}


def _split_reason(folder: Folder) -> list[str]:
    if _split(folder, 0)["by"] == "image":
        return [
            "Whole images are kept aside for the test. Frames of one series, fields of one well or",
            "slides of one patient belong together: name their column of samples.tsv here instead,",
            "or `blocks`, which cuts each image into strips.",
        ]
    if folder.fields:
        said = f"By their names several are of one field ({len(set(folder.fields))} in all, column"
        return [
            f"{said} `series`) at",
            "other times or planes: they stay together, or are cut into the same strips, or else",
            "the same cells would stand in train and test.",
        ]
    return ["Too few images to keep whole ones aside: each is cut into disjoint strips."]


def tile_px(folder: Folder) -> int:
    """Return the side of tiles: 256, or less where images or their strips would not hold one."""
    shortest = min(min(size) for size in folder.sizes)
    room = shortest if _split(folder, 0)["by"] != "blocks" else _STRIP * max(folder.sizes[0])
    return next((side for side in (256, 128) if side <= room), 64)


def path_text(path: Path) -> str:
    """Return a path relative to the working directory where it lies in it, else whole."""
    whole = path.absolute()
    within = whole.is_relative_to(Path.cwd())
    return (whole.relative_to(Path.cwd()) if within else whole).as_posix()
