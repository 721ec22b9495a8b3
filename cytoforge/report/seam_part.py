"""How well tiles are blended: seam ratios of the synthetic fields, and of real ones at the same
lines."""

from pathlib import Path

import numpy as np

from cytoforge.images.ome import read_image
from cytoforge.report.results import MAX_FIELDS, Results, read_json, read_rows
from cytoforge.synthesis.seams import seam_ratio, tile_borders
from cytoforge.synthesis.stitch import tile_starts


def seam_ratios(results: Results, experiment: str) -> tuple[float | None, float | None]:
    """Return the largest ratio of the synthetic test fields, and of the real images at the same
    lines: what no seam at all gives by chance."""
    folder = results.root / "synthesis" / experiment
    config = results.config["experiments"][experiment]["synthesis"]
    model = read_json(results.root / "models" / experiment / "model.json") or {}
    tile_px = config["tile_px"] or model.get("tile_px")
    synthetic, real = [], []
    for row in read_rows(folder / "manifest.csv")[:MAX_FIELDS]:
        source = Path(row["label_map"]).stem
        if tile_px and source in results.test_images:
            synthetic.append(
                _ratio(read_image(folder / row["image"]).pixels, tile_px, config["overlap"])
            )
            real.append(_ratio(results.image(source).pixels, tile_px, config["overlap"]))
    return _largest(synthetic), _largest(real)


def _ratio(pixels: np.ndarray, tile_px: int, overlap: float) -> float | None:
    """Return the seam ratio; along an axis shorter than a tile there is no border."""
    borders = [
        tile_borders(tile_starts(length, tile_px, overlap), tile_px, length)
        if length > tile_px
        else ()
        for length in pixels.shape[1:]
    ]
    return seam_ratio(pixels, borders[0], borders[1])


def _largest(ratios: list[float | None]) -> float | None:
    return max((ratio for ratio in ratios if ratio is not None), default=None)
