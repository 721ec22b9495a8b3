"""From a label map of any size to a synthetic image, with its provenance."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoforge import __version__
from cytoforge.config.models import SynthesisConfig
from cytoforge.images.image import Image
from cytoforge.images.normalise import from_unit
from cytoforge.jobs.provenance import hash_settings
from cytoforge.synthesis.label_maps import resampled_pixels
from cytoforge.synthesis.sampling import Draw
from cytoforge.synthesis.trained import TrainedModel


@dataclass(frozen=True)
class FieldRequest:
    """One sample of one field.

    Attributes
    ----------
    pixel_size_um : of the real image behind the label map, or of the training images; None: unknown
    seed : of this sample
    first_seed : of the field's first sample, number 0
    resample : what further samples resample: `all`, or names of codes
    instances_from : where the instance labels come from, for the provenance
    volume_slice : name of the slice, where it is one of a volume; else empty
    """

    name: str
    map_path: Path
    pixel_size_um: float | None
    sample: int
    seed: int
    first_seed: int
    resample: str | tuple[str, ...]
    instances_from: str
    volume_slice: str = ""


def synthesise(
    generator: TrainedModel,
    label_map: np.ndarray,
    instances: np.ndarray | None,
    request: FieldRequest,
    config: SynthesisConfig,
    neighbours: np.ndarray | None = None,
) -> Image:
    """Generate one sample of a field of view.

    Parameters
    ----------
    label_map : uint8 array of shape (H, W) with codes the generator knows; any size
    instances : int32 (H, W), or None for generators that need none
    neighbours : codes of the slices around, uint8 (2n, H, W), for generators that see them

    Returns
    -------
    Image of shape (C, H, W), in the type and the median grey ranges of the training images: how
    bright a real image of the same label map is, the generator is not told
    """
    resampled = None
    if request.sample:
        resampled = resampled_pixels(label_map, request.resample, generator.codes)
    draw = Draw(request.seed, resampled, request.first_seed, request.volume_slice)
    dtype = np.dtype(generator.info["dtype"])
    # Rows are stored in their final type as soon as no later tile reaches them: beside the image
    # itself, memory holds one row of tiles.
    pixels = np.empty((len(generator.info["channels"]), *label_map.shape), dtype)
    beside = {"instances": instances, "neighbours": neighbours}
    planes = {"labels": label_map} | {n: p for n, p in beside.items() if p is not None}
    for row, unit in generator.field_rows(planes, draw, config):  # (C, n, W)
        pixels[:, row : row + unit.shape[1]] = from_unit(unit, generator.ranges, dtype)
    return Image(
        name=request.name,
        pixels=pixels,
        channels=tuple(generator.info["channels"]),
        ranges=generator.ranges,
        pixel_size_um=request.pixel_size_um,
    )


def provenance(
    generator: TrainedModel, request: FieldRequest, config: SynthesisConfig, model_name: str
) -> dict[str, str]:
    """Return what identifies how a sample was made; the same text on every machine.

    `resampled` names the codes that `seed` decides in a further sample; all else is decided by
    `seed_elsewhere`, that of the first sample.
    """
    in_part = request.sample > 0 and request.resample != "all"
    settings = config.model_dump(mode="json")
    return {
        "model": model_name,
        "architecture": str(generator.info["model"]),
        "weights_sha256": str(generator.info["weights_sha256"]),
        "settings": hash_settings({"training": generator.info["training"], "synthesis": settings}),
        "sample": str(request.sample),
        "seed": str(request.seed),
        "resampled": ", ".join(request.resample) if in_part else "all",
        "seed_elsewhere": str(request.first_seed) if in_part else "",
        "label_map": request.map_path.as_posix(),
        "instances": request.instances_from,
        "cytoforge": __version__,
    }
