"""Part 1 of the page: the images, how they are divided, and the proof that nothing leaks."""

from collections.abc import Sequence
from typing import Any

from cytoforge.images.image import Image
from cytoforge.jobs.optional_files import read_json
from cytoforge.report.numbers import MISSING, percent, plural, tick_label
from cytoforge.report.pictures import THUMBNAIL_PX, Picture, field_rgb, outlines_of, photo
from cytoforge.report.results import Results
from cytoforge.split.region import SPLITS, Region

MAX_THUMBNAILS = 12


def data_part(results: Results) -> dict[str, Any]:
    """Return the template's values: one row per image, thumbnails, leak check per data set."""
    rows: list[dict[str, Any]] = []
    thumbnails: list[Picture] = []
    spans: list[tuple[int, int]] = []
    for name in results.images:
        image = results.image(name)
        regions = results.regions_of(name)
        rows.append(_image_row(image, regions))
        spans.append(image.shape)
        if len(thumbnails) < MAX_THUMBNAILS:
            thumbnails.append(_thumbnail(image, regions))
    datasets = sorted({e["dataset"] for e in results.config["models"].values()})
    return {
        "rows": rows,
        "thumbnails": thumbnails,
        "fractions": _fractions(results.regions, sum(height * width for height, width in spans)),
        "split": results.config["split"],
        "normalisation": results.config["images"]["normalisation"],
        "shading": results.config["images"].get("shading", "none"),
        "leaks": _leak_table(results, datasets),
        "tiles": [_tile_row(results, name) for name in datasets],
    }


def _image_row(image: Image, regions: Sequence[Region]) -> dict[str, Any]:
    height, width = image.shape
    return {
        "name": image.name,
        "size": f"{width} × {height}",
        "pixels": height * width,
        "type": str(image.pixels.dtype),
        "pixel_size": f"{image.pixel_size_um:g} µm" if image.pixel_size_um else "unknown",
        "channels": [
            f"{channel}: {tick_label(scale.low)}–{tick_label(scale.high)} ({scale.method})"
            for channel, scale in zip(image.channels, image.ranges, strict=True)
        ],
        "splits": ", ".join(s for s in SPLITS if any(r.split == s for r in regions)) or MISSING,
    }


def _thumbnail(image: Image, regions: Sequence[Region]) -> Picture:
    return photo(
        field_rgb(image),
        f"Image {image.name} with its train, val and test regions",
        title=image.name,
        longest_px=THUMBNAIL_PX,
        outlines=outlines_of(regions, image.shape, SPLITS),
    )


def _fractions(regions: Sequence[Region], pixels: int) -> list[tuple[str, str]]:
    areas = {
        split: sum((r.row1 - r.row0) * (r.col1 - r.col0) for r in regions if r.split == split)
        for split in SPLITS
    }
    guard = pixels - sum(areas.values())
    fractions = [*areas.items(), *([("unused (guard band)", guard)] if guard > 0 else [])]
    return [(name, percent(area / max(pixels, 1))) for name, area in fractions]


def _leak_table(results: Results, datasets: Sequence[str]) -> dict[str, Any]:
    """Return the proofs of all data sets side by side: questions as rows, data sets as columns."""
    found = {name: read_json(results.tiles_folder(name) / "leak_check.json") for name in datasets}
    proofs = {name: proof for name, proof in found.items() if proof}
    return {
        "datasets": list(proofs),
        "in_strips": any(proof["images_in_several_splits"] for proof in proofs.values()),
        "passed": bool(proofs) and all(proof["passed"] for proof in proofs.values()),
        "rows": [
            (question, [answer(proof) for proof in proofs.values()])
            for question, answer in _QUESTIONS.items()
        ],
    }


def _counts(values: dict[str, int]) -> str:
    return " / ".join(str(values.get(split, 0)) for split in SPLITS)


def _px(value: int | None) -> str:
    return "in no common image" if value is None else f"{value} px"


def _alike(found: dict[str, Any] | None) -> str:
    if found is None:
        return "no two of different sources"
    said = f"correlation {found['correlation']:.2f} at the best shift"
    if found["correlation"] < found["suspect_from"]:
        return said
    return f"{said}: look whether {' and '.join(found['tiles'])} are one"


def _common_groups(proof: dict[str, Any]) -> str:
    groups = [set(proof["groups"].get(split, ())) for split in SPLITS]
    common = (groups[0] & groups[1]) | (groups[0] & groups[2]) | (groups[1] & groups[2])
    if not common:
        return "none"
    return f"{plural(len(common), 'image')}, in strips kept apart"


_QUESTIONS = {
    "Tiles (train / val / test)": lambda proof: _counts(proof["tiles"]),
    "Source images (train / val / test)": lambda proof: _counts(proof["images"]),
    "Sources that occur in two splits": _common_groups,
    "Smallest distance between regions of train and test": lambda proof: _px(
        proof["smallest_region_distance_px"].get("train and test")
    ),
    "Smallest distance between regions of train and val": lambda proof: _px(
        proof["smallest_region_distance_px"].get("train and val")
    ),
    "Smallest distance between tiles of two splits": lambda proof: _px(
        proof["smallest_tile_distance_px"]
    ),
    "Tiles with the content of another": lambda proof: (
        f"none but {plural(proof['blank_tiles_with_equal_content'], 'blank tile')}"
        if proof["blank_tiles_with_equal_content"]
        else "none (sha256 of each compared)"
    ),
    "Most alike tiles of two splits": lambda proof: _alike(proof["most_alike_tiles"]),
    "Verdict": lambda proof: "no leak" if proof["passed"] else "LEAK",
}


def _tile_row(results: Results, dataset: str) -> dict[str, Any]:
    block = results.config["datasets"][dataset]
    info = results.dataset(dataset)
    asked = [p for p in info.get("placements", ()) if p["asked"] and p["obtained"] < p["asked"]]
    return {
        "name": dataset,
        "reference": ", ".join(filter(None, (block.get("reference"), _domains(info)))),
        "tile": f"{block['tile_px']} px",
        "sampler": block["sampler"]["method"],
        "overlap": f"{100 * block['sampler']['overlap']:.0f} %",
        "short": plural(len(asked), "region") + " gave fewer tiles than asked"
        if asked
        else _registered(info),
    }


def _domains(info: dict[str, Any]) -> str:
    """Return two domains and their tiles."""
    named = [
        f"{one['name']} ({plural(sum(one['tiles'].values()), 'tile')})"
        for one in info.get("domains", ())
    ]
    return (", paired: " if info.get("paired") else " and ").join(named)


def _registered(info: dict[str, Any]) -> str:
    """Return how far partners are still apart after registration; "" where none were laid onto each
    other."""
    left = sorted(one["residual_px"] for one in info.get("registration", {}).values())
    if not left:
        return ""
    middle = left[len(left) // 2]
    return f"partners are {middle:.1f} px apart after registration (at most {left[-1]:.1f} px)"
