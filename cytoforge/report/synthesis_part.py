"""Part 5 of the page, and the strip at its top: whole synthetic fields beside the real ones."""

from typing import Any

from cytoforge.images.ome import read_image
from cytoforge.jobs.optional_files import read_json, read_rows, real
from cytoforge.references.label_map_file import read_label_map
from cytoforge.report.pictures import Outline, Picture, field_rgb, label_picture, outlines_of, photo
from cytoforge.report.results import MAX_FIELDS, Results
from cytoforge.synthesis.seams import field_seam_ratio

MAX_SAMPLES = 3  # shown of one label map, where the config asks for several


def strips(results: Results) -> dict[str, list[Picture]]:
    """Return label map, synthetic and real image of the field with the largest test region, by
    model."""
    image = results.test_images[0]
    real, outlines = _real_picture(results, image)
    return {
        model_name: [
            _label_picture(results, model_name, image, outlines),
            *_synthetic(results, model_name, image, outlines)[:1],
            real,
        ]
        for model_name in results.models
    }


def _real_picture(results: Results, image: str) -> tuple[Picture, tuple[Outline, ...]]:
    """Return the real field, with the channels of the first model, and its test regions where they
    are not the whole of it."""
    real = results.image(image, next(iter(results.models), None))
    regions = results.regions_of(image)
    outlines = outlines_of(regions, real.shape, ("test",))
    if all(region.split == "test" for region in regions):
        outlines = ()
    picture = photo(
        field_rgb(real),
        f"Real image {image}",
        title="real",
        longest_px=results.field_px,
        outlines=outlines,
    )
    return picture, outlines


def _label_picture(
    results: Results, model_name: str, image: str, outlines: tuple[Outline, ...]
) -> Picture:
    return label_picture(
        results.label_map(model_name, image),
        results.codes(model_name),
        f"Label map of {image}",
        title="label map",
        longest_px=results.field_px,
        outlines=outlines,
    )


def synthesis_part(results: Results) -> dict[str, Any]:
    """Return one row per test field: the real image and what each model made of its label map."""
    rows = []
    for image in results.test_images[: results.fields_shown]:
        real, outlines = _real_picture(results, image)
        pictures = [real]
        for model_name in results.models:
            pictures += _synthetic(results, model_name, image, outlines, model_name)
        rows.append({"image": image, "pictures": pictures})
    return {
        "rows": rows,
        "shown": len(rows),
        "total": len(results.test_images),
        "blocks": [_provenance(results, name) for name in results.models],
        "own": [
            _own_maps(results, model, name)
            for model in results.models
            for name in results.sets_by(model, own_maps=True)
        ],
    }


def _synthetic(
    results: Results,
    model_name: str,
    image: str,
    outlines: tuple[Outline, ...],
    title: str = "synthetic",
) -> list[Picture]:
    """Return the samples made of an image's label map: one, unless the config asks for more."""
    rows = results.synthetic_rows(model_name, image)
    pictures = []
    for row in rows[:MAX_SAMPLES]:
        sample = "" if len(rows) == 1 else f", {row['name'].removeprefix(image).strip('_')}"
        pictures.append(
            photo(
                field_rgb(read_image(row["image"])),
                f"Synthetic image by {model_name} from the label map of {image}{sample}",
                title=title + sample,
                longest_px=results.field_px,
                outlines=outlines,
            )
        )
    return pictures


def _provenance(results: Results, model_name: str) -> dict[str, Any]:
    rows = read_rows(results.set_folder(model_name) / "manifest.csv")
    seam, seam_of_real = seam_ratios(results, model_name)
    return {
        "name": model_name,
        "fields": len(rows),
        "weights": rows[0]["weights_sha256"][:12] if rows else "",
        "settings": rows[0]["settings"] if rows else "",
        "seam": seam,
        "seam_of_real": seam_of_real,
        "config": results.config["models"][model_name]["synthesis"],
    }


def _own_maps(results: Results, model_name: str, name: str) -> dict[str, Any]:
    """Return the fields of a set that a model made of the user's own label maps."""
    folder = results.set_folder(name)
    rows = read_rows(folder / "manifest.csv")
    codes, longest_px = results.codes(model_name), results.field_px
    pairs = []
    for row in rows[:MAX_FIELDS]:
        field, label_map = row["name"], read_label_map(folder / row["labels"])
        rgb = field_rgb(read_image(folder / row["image"]))
        map_alt, alt = f"Own label map {field}", f"Synthetic image {field}"
        pairs.append(
            [
                label_picture(label_map, codes, map_alt, title=field, longest_px=longest_px),
                photo(rgb, alt, title="synthetic", longest_px=longest_px),
            ]
        )
    return {"name": f"{name} ({model_name})", "pairs": pairs, "total": len(rows)}


def seam_ratios(results: Results, model_name: str) -> tuple[float | None, float | None]:
    """Return the largest ratio of the synthetic test fields, as their manifest says, and of the
    real images at the same lines: what chance gives where there is no seam at all."""
    rows = read_rows(results.set_folder(model_name) / "manifest.csv")
    config = results.config["models"][model_name]["synthesis"]
    model = read_json(results.model_folder(model_name) / "model.json") or {}
    tile_px = config["tile_px"] or model.get("tile_px")
    sources = list(dict.fromkeys(row["source"] for row in rows))[:MAX_FIELDS]
    of_real = [
        field_seam_ratio(results.image(source, model_name).pixels, tile_px, config["overlap"])
        for source in sources
        if tile_px and source in results.test_images
    ]
    return _largest([real(row.get("seam_ratio")) for row in rows]), _largest(of_real)


def _largest(ratios: list[float | None]) -> float | None:
    return max((ratio for ratio in ratios if ratio is not None), default=None)
