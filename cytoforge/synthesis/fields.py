"""From a label map of any size to a synthetic image, with its pedigree."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoforge import __version__
from cytoforge.config.experiments import SynthesisConfig
from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import from_unit
from cytoforge.provenance import hash_settings
from cytoforge.seeds import derive_seed
from cytoforge.synthesis.generator import TrainedGenerator
from cytoforge.synthesis.stitch import stitch_rows


@dataclass(frozen=True)
class FieldRequest:
    """One field to synthesise.

    `like` is the real image whose grey ranges, type and pixel size the field takes, or None.
    """

    name: str
    map_path: Path
    like: Image | None
    seed: int


def check_label_map(label_map: np.ndarray, n_codes: int, path: Path) -> np.ndarray:
    """Return the map as uint8 (H, W); raise UserError unless it holds codes below `n_codes`."""
    problem = ""
    if label_map.ndim != 2:
        problem = f"shape {label_map.shape}"
    elif not np.issubdtype(label_map.dtype, np.integer):
        problem = f"type {label_map.dtype}"
    elif label_map.min() < 0 or label_map.max() >= n_codes:
        problem = f"codes {label_map.min()} to {label_map.max()}"
    if problem:
        raise UserError(
            where=str(path),
            expected=f"a single-channel integer image with codes 0 to {n_codes - 1}",
            found=problem,
            fix="save the map without colours, scaling or JPEG; codes.json names the codes",
        )
    return label_map.astype(np.uint8)


def synthesise(
    generator: TrainedGenerator,
    label_map: np.ndarray,
    request: FieldRequest,
    config: SynthesisConfig,
) -> Image:
    """Generate one field of view.

    Parameters
    ----------
    label_map : uint8 array of shape (H, W) with codes the generator knows; any size

    Returns
    -------
    Image of shape (C, H, W), in the type and grey range of the real images
    """

    def generate(tiles: np.ndarray, indices: list[int]) -> np.ndarray:
        seeds = None
        if config.dropout == "seeded":
            seeds = [derive_seed(request.seed, "tile", index) for index in indices]
        return generator(tiles, config.norm_stats, seeds)

    tile_px = config.tile_px or generator.info["tile_px"]
    like = request.like
    ranges = like.ranges if like else generator.ranges
    dtype = like.pixels.dtype if like else np.dtype(generator.info["dtype"])
    pixel_size = like.pixel_size_um if like else generator.info["pixel_size_um"]
    # Rows are stored in their final type as soon as no later tile reaches them: beside the image
    # itself, memory holds one row of tiles.
    pixels = np.empty((len(generator.info["channels"]), *label_map.shape), dtype)
    rows = stitch_rows(generate, label_map, tile_px, config.overlap, config.batch_size)
    for row, unit in rows:  # (C, n, W)
        pixels[:, row : row + unit.shape[1]] = from_unit(unit, ranges, dtype)
    return Image(
        name=request.name,
        pixels=pixels,
        channels=tuple(generator.info["channels"]),
        ranges=ranges,
        pixel_size_um=pixel_size,
    )


def pedigree(
    generator: TrainedGenerator, request: FieldRequest, config: SynthesisConfig, experiment: str
) -> dict[str, str]:
    """Return what identifies how a field was made; the same text on every machine."""
    return {
        "experiment": experiment,
        "model": str(generator.info["model"]),
        "weights_sha256": str(generator.info["weights_sha256"]),
        "settings": hash_settings(
            {
                "training": generator.info["training"],
                "synthesis": config.model_dump(mode="json", exclude={"maps"}),
            }
        ),
        "seed": str(request.seed),
        "label_map": request.map_path.as_posix(),
        "cytoforge": __version__,
    }
