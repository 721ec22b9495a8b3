"""Take uneven light away from images: what segmentation, gap and layers then see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cytoforge.config.images import NormalisationConfig
from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.light import Box, estimate_light, log_light
from cytoforge.images.normalise import channel_ranges
from cytoforge.jobs.atomic import write_json
from cytoforge.jobs.optional_files import read_json

Lights = Mapping[str, np.ndarray]
"""The light of each channel by its name, see `images.light`."""


def even_image(
    image: Image,
    config: NormalisationConfig,
    bands: Sequence[Box] | None = None,
    lights: Lights | None = None,
    learned_from: Box | None = None,
) -> Image:
    """Return an image without its shading: divided by its light, in the same dtype.

    The light's mean is 1, in the training strip where there are strips, so that an image stays as
    bright as it was. Grey ranges are found again.

    Parameters
    ----------
    config : how ranges are found
    bands : strips, training first, that may not learn from one another: each gives its own light,
        and levels go on across their borders. None: the image is not divided
    lights : the set's, instead of the image's own
    learned_from : the pixels that ranges come from; None: all
    """
    parts = list(bands) if bands else [np.s_[0 : image.shape[0], 0 : image.shape[1]]]
    pixels, spans = np.empty_like(image.pixels), []
    for index, (name, plane) in enumerate(zip(image.channels, image.pixels, strict=True)):
        if lights is None:
            log = _own_light(plane, parts)
        else:
            log = log_light(lights[name], image.shape)
        light = np.exp(log - log[parts[0]].mean())
        light /= light[parts[0]].mean()
        pixels[index] = _divided(plane, light)
        spans.append(f"{name} {light.min():.2f} to {light.max():.2f}")
    seen = pixels if learned_from is None else pixels[:, *learned_from]
    how = "per image" if lights is None else "per set"
    return replace(
        image,
        pixels=pixels,
        ranges=channel_ranges(seen, config),
        shading=f"{how}, light {', '.join(spans)}",
    )


def lights_of_set(images: Iterable[Image]) -> dict[str, np.ndarray]:
    """Return the light of each channel that is common to all images.

    Raises UserError where they differ in shape or channels: then one lamp and one camera did not
    make them all.
    """
    images = list(images)
    first = images[0]
    for image in images:
        if image.shape != first.shape or image.channels != first.channels:
            raise UserError(
                "images.shading",
                f"images of one shape with `per_set`, as {first.name} ({_described(first)})",
                f"{image.name} with {_described(image)}",
                "set `images.shading: per_image`",
            )
    whole = [np.s_[0 : first.shape[0], 0 : first.shape[1]]] * len(images)
    return {
        name: estimate_light([image.channel(name) for image in images], whole)
        for name in first.channels
    }


def write_lights(path: str | Path, lights: Lights, images: Sequence[str]) -> None:
    """Write the light of a set as JSON, with the names of the images that it was learned from."""
    channels = {name: light.tolist() for name, light in lights.items()}
    write_json(path, {"learned_from": list(images), "channels": channels})


def read_lights(path: str | Path) -> dict[str, np.ndarray]:
    """Read a file of `write_lights`."""
    return {name: np.array(light) for name, light in read_json(Path(path))["channels"].items()}


def _own_light(plane: np.ndarray, bands: Sequence[Box]) -> np.ndarray:
    """Return the log light of an image, each band's from its own pixels, float64 (Y, X).

    A band's level is unknown: that of the band beside it, nearer to the training strip, goes on.
    """
    shape = (plane.shape[0], plane.shape[1])
    log = np.zeros(shape)
    for box in bands:
        log[box] = log_light(estimate_light([plane], [box]), shape, box)
    along = 0 if len({box[0].start for box in bands}) > 1 else 1
    train, others = bands[0][along], [box[along] for box in bands[1:]]
    lines = np.moveaxis(log, along, 0)  # a view: what is added to it is added to `log`
    for span in sorted((s for s in others if s.start >= train.stop), key=lambda s: s.start):
        lines[span] += (lines[span.start - 1] - lines[span.start]).mean()
    for span in sorted((s for s in others if s.stop <= train.start), key=lambda s: -s.start):
        lines[span] += (lines[span.stop] - lines[span.stop - 1]).mean()
    return log


def _divided(plane: np.ndarray, light: np.ndarray) -> np.ndarray:
    evened = plane / light
    if plane.dtype.kind == "u":
        evened = np.clip(np.rint(evened), 0, np.iinfo(plane.dtype).max)
    return evened.astype(plane.dtype)


def _described(image: Image) -> str:
    return f"{image.shape[0]} × {image.shape[1]} px, {', '.join(image.channels)}"
