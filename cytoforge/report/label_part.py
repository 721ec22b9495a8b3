"""Parts 2 and 3 of the page: what was found in the images, and the label maps made of it."""

from typing import Any

from markupsafe import Markup

from cytoforge.images.picture import note_of
from cytoforge.jobs.optional_files import read_json, read_rows
from cytoforge.references.bounds_file import BoundsRecord, read_bounds
from cytoforge.references.codes import Code, codes_to_rows, read_codes
from cytoforge.references.label_map_file import read_label_map
from cytoforge.report.drawing import inline, panels, publish, styled
from cytoforge.report.numbers import MISSING, number, percent
from cytoforge.report.pictures import label_picture, photo
from cytoforge.report.plots import histogram, mark_value
from cytoforge.report.results import MAX_FIELDS, Results, read_rgb

SHARES = ("share", "train", "val", "test")


def segmentation_part(results: Results) -> dict[str, Any]:
    """Return the overlays of each segmentation that a reference in use refers to."""
    blocks = [results.config["references"][name] for name in _references_in_use(results)]
    names = sorted({block["segmentation"] for block in blocks if "segmentation" in block})
    return {
        "blocks": [_segmentation_block(results, name) for name in names],
        "n_images": len(results.images),
    }


def _segmentation_block(results: Results, name: str) -> dict[str, Any]:
    pictures, longest_px = [], results.field_px
    overlays = results.segmentation_folder(name)
    segmented = [one for one in results.images if (overlays / f"{one}.png").is_file()]
    for image in segmented[:MAX_FIELDS]:
        path = results.segmentation_folder(name) / f"{image}.png"
        rgb = read_rgb(path)
        if rgb is not None:
            alt, note = f"Objects found in {image}", note_of(path)
            pictures.append(photo(rgb, alt, title=image, note=note, longest_px=longest_px))
    config = results.config["segmentations"][name]
    return {"name": name, "method": config["method"], "gap": config["gap"]["enabled"],
            "pictures": pictures, "closing": _closing(results, name),
            "learned": _learned(results, name)}  # fmt: skip


def _learned(results: Results, name: str) -> str:
    """Return what a classifier that the run has learned tells of itself; "" where there is none."""
    card = read_json(results.segmentation_folder(name) / "classifier.json") or {}
    return str(card.get("words", ""))


def _closing(results: Results, name: str) -> dict[str, Any] | None:
    """Return how the gap closes, a row per series, with its figure; None without times."""
    folder = results.root / "gap" / name
    rows = read_rows(folder / "series.csv")
    if not rows:
        return None
    svg = (folder / "gap.svg").read_text(encoding="utf-8")
    table = [
        (
            row["series"],
            row["frames"],
            *(f"{row[f'{end}_h']} h" for end in ("from", "to")),
            *(percent(float(row[f"area_{end}"])) for end in ("first", "last")),
            f"{row['edge_um_per_h']} µm/h" if row["edge_um_per_h"] else
            f"{row['edge_px_per_h'] or MISSING} px/h",
            row["frames_that_grew"],
        )
        for row in rows
    ]  # fmt: skip
    return {"figure": inline(svg, f"gap_{name}", "Area and width of the gap over time"),
            "rows": table}  # fmt: skip


def _references_in_use(results: Results) -> list[str]:
    datasets = {e["dataset"] for e in results.config["models"].values()}
    blocks = [results.config["datasets"][name] for name in datasets]
    used = {block["reference"] for block in blocks if "reference" in block}
    return [name for name in results.config["references"] if name in used]


def reference_part(results: Results) -> dict[str, Any]:
    """Return code tables, maps and layer histograms of each reference in use."""
    blocks = [_reference_block(results, name) for name in _references_in_use(results)]
    return {"blocks": blocks, "layered": any(not block["column"] for block in blocks)}


def _reference_block(results: Results, name: str) -> dict[str, Any]:
    folder = results.reference_folder(name)
    codes = read_codes(folder / "codes.json")
    pictures = []
    # A data set may take some of the images only.
    with_maps = [one for one in results.images if (folder / f"{one}.tif").is_file()]
    for image in with_maps[:MAX_FIELDS]:
        label_map = read_label_map(folder / f"{image}.tif", len(codes))
        alt = f"Label map of {image}"
        pictures.append(
            label_picture(label_map, codes, alt, title=image, longest_px=results.field_px)
        )
    bounds_file = folder / "bounds.json"
    record = read_bounds(bounds_file) if bounds_file.is_file() else None
    config = results.config["references"][name]
    preset = config.get("levels") if isinstance(config.get("levels"), int) else None
    return {
        "name": name,
        "column": config.get("column"),
        "instances": config.get("instances"),
        "levels": preset or len(codes) - 1,
        "custom": preset is None,
        "classes": _class_rows(codes, read_rows(folder / "classes.csv"), len(with_maps)),
        "codes": codes_to_rows(codes),
        "pictures": pictures,
        "bounds": _layer_values(results, name, record, codes)
        if record and record.bounds.edges
        else None,
    }


def _class_rows(
    codes: tuple[Code, ...], rows: list[dict[str, str]], n_images: int
) -> list[dict[str, Any]]:
    """Return the user's own classes, a row each, for the table beside their maps."""
    return [
        {
            "colour": codes[int(row["code"])].colour,
            "code": row["code"],
            "name": row["class"],
            "value": row["value"],
            "images": f"{row['images']} of {n_images}",
            "shares": [percent(float(row[k])) if row[k] else MISSING for k in SHARES],
        }
        for row in rows
    ]


def _layer_values(
    results: Results, name: str, record: BoundsRecord, codes: tuple[Code, ...]
) -> dict[str, Any]:
    edges = record.bounds.edges
    names = {code.layer: code.name for code in codes if code.layer is not None}
    layers = [names.get(k, f"layer {k}") for k in range(len(edges) + 1)]
    return {
        "mode": record.mode,
        "n_cells": record.n_cells,
        "n_images": len(record.images),
        "edges": [number(edge) for edge in edges],
        "layers": list(zip(layers, record.cells_per_layer, strict=True)),
        "figure": _grey_figure(results, name, record),
    }


@styled
def _grey_figure(results: Results, name: str, record: BoundsRecord) -> Markup | None:
    counts, edges = record.histogram_counts, record.histogram_edges
    if not counts or edges[0] == edges[-1]:
        return None
    figure, (axes,) = panels(1, 1, 1.9, width_in=4.6)
    histogram(axes, counts, edges)
    for bound in record.bounds.edges:
        mark_value(axes, bound, number(bound))
    axes.set(xlabel="mean grey value of a cell (0–255)", ylabel="cells")
    label = f"Mean grey values of cells and the bounds of layers, {name}"
    return publish(figure, results.figures, f"layers_{name}", label)
