"""Seam ratios of synthetic fields, and of real ones at the same lines."""

from cytoforge.report.results import MAX_FIELDS, Results, read_json, read_rows, real
from cytoforge.synthesis.seams import field_seam_ratio


def seam_ratios(results: Results, model_name: str) -> tuple[float | None, float | None]:
    """Return the largest ratio of the synthetic test fields, as their manifest says, and of the
    real images at the same lines: what chance gives where there is no seam at all."""
    rows = read_rows(results.set_folder(model_name) / "manifest.csv")
    config = results.config["models"][model_name]["synthesis"]
    model = read_json(results.model_folder(model_name) / "model.json") or {}
    tile_px = config["tile_px"] or model.get("tile_px")
    sources = list(dict.fromkeys(row["source"] for row in rows))[:MAX_FIELDS]
    of_real = [
        field_seam_ratio(results.image(source).pixels, tile_px, config["overlap"])
        for source in sources
        if tile_px and source in results.test_images
    ]
    return _largest([real(row.get("seam_ratio")) for row in rows]), _largest(of_real)


def _largest(ratios: list[float | None]) -> float | None:
    return max((ratio for ratio in ratios if ratio is not None), default=None)
