"""Make the canonical image of a sample: the config's channels, original values, a known scale."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cytoforge.config.base import nearest
from cytoforge.config.images import ImagesConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.nifti_header import is_volume, read_header
from cytoforge.images.normalise import GREY_WINDOW, WINDOW, channel_ranges
from cytoforge.images.pixel_size import choose_pixel_size
from cytoforge.images.raw import RGB, RawImage
from cytoforge.images.read import read_raw
from cytoforge.images.samples import Sample
from cytoforge.images.volume_facts import VolumeFacts

# Methods whose ranges are no single image's: a slice of nothing but air is one too.
_GIVEN = ("none", "window", "body")


def convert(
    sample: Sample,
    config: ImagesConfig,
    learned_from: Callable[[tuple[int, int]], tuple[slice, slice]] | None = None,
    of_volume: VolumeFacts | None = None,
) -> Image:
    """Read a sample's files and return its channels in the config's order.

    Parameters
    ----------
    learned_from : rows and columns, for a shape (Y, X), of the pixels that the grey ranges come
        from: the training strip of an image that is cut into strips; None: all
    of_volume : what was measured of the whole volume of which this is a slice

    Raises
    ------
    UserError : a file that cannot be read, channels that are missing or differ in shape or type,
        a channel with a single grey value, float values outside 0–1 with
        `normalisation.method: none`, pixel sizes that disagree
    """
    if "path" in sample.files:
        raws = [_read(sample, sample.files["path"], config)]
        channels = [_select(sample.files["path"], raws[0], name) for name in config.channels]
    else:
        files = [sample.files[name] for name in config.channels]
        raws = [_read(sample, file, config) for file in files]
        channels = [
            _only_channel(file, raw, name)
            for file, raw, name in zip(files, raws, config.channels, strict=True)
        ]
        _check_alike(files, channels)
    pixels = np.stack(channels)  # (C, Y, X)
    seen = pixels
    if learned_from is not None:
        seen = pixels[:, *learned_from((pixels.shape[1], pixels.shape[2]))]
    _check_values(sample.name, pixels, seen, config)
    ranges = _ranges(sample, seen, config, of_volume)
    return Image(
        name=sample.name,
        pixels=_without_surroundings(pixels, ranges, of_volume),
        channels=config.channels,
        ranges=ranges,
        pixel_size_um=choose_pixel_size(
            f"image {sample.name}",
            config.pixel_size_um,
            sample.pixel_size_um,
            [raw.pixel_size_um for raw in raws],
        ),
    )


def _ranges(
    sample: Sample, seen: np.ndarray, config: ImagesConfig, of_volume: VolumeFacts | None
) -> tuple[ChannelRange, ...]:
    if config.normalisation.method != "body":
        ranges = channel_ranges(seen, config.normalisation)
        if config.normalisation.method == WINDOW and _has_eight_bits(sample):
            return tuple(replace(one, method=GREY_WINDOW) for one in ranges)
        return ranges
    if of_volume is None:
        raise UserError(
            f"image {sample.name}",
            "a slice of a volume, as `images.normalisation.method` is body",
            "an image of its own",
            "use method percentile",
        )
    return tuple(of_volume.ranges[name] for name in config.channels)


def _has_eight_bits(sample: Sample) -> bool:
    """Whether a file is a volume of 8 bits: its window is of grey values, and of no HU."""
    return any(is_volume(file) and read_header(file).eight_bits for file in sample.files.values())


def _without_surroundings(
    pixels: np.ndarray, ranges: tuple[ChannelRange, ...], of_volume: VolumeFacts | None
) -> np.ndarray:
    """Return the pixels with the value that becomes 0 outside the body."""
    if of_volume is None or of_volume.body is None:
        return pixels
    low = np.array([one.low for one in ranges], pixels.dtype)[:, None, None]
    return np.where(of_volume.body, pixels, low)


def _read(sample: Sample, file: str, config: ImagesConfig) -> RawImage:
    names = sample.file_channels if "path" in sample.files else ()
    return read_raw(file, names, sample.plane, config.max_megapixels)


def _select(file: str, raw: RawImage, name: str) -> np.ndarray:
    """Return the channel called `name`; an only channel, or equal RGB, may be called `grey`."""
    if name == "grey":
        raw = _as_grey(raw)
    matches = [index for index, channel in enumerate(raw.channels) if channel == name]
    if len(matches) == 1:
        return raw.pixels[matches[0]]
    listed = ", ".join(raw.channels)
    raise UserError(
        file,
        f"one channel `{name}`, which `images.channels` asks for",
        f"{'no' if not matches else len(matches)} such channel; there: {listed}"
        + nearest(name, raw.channels),
        "name one of these in `images.channels`, or name the file's channels in column `channels`",
    )


def _as_grey(raw: RawImage) -> RawImage:
    if "grey" in raw.channels:
        return raw
    same = raw.channels == RGB and bool(np.all(raw.pixels == raw.pixels[:1]))
    if len(raw.channels) == 1 or same:
        return replace(raw, pixels=raw.pixels[:1], channels=("grey",))
    return raw


def _only_channel(file: str, raw: RawImage, name: str) -> np.ndarray:
    grey = _as_grey(raw)
    if len(grey.channels) != 1:
        kind = "RGB colours" if raw.channels == RGB else f"channels {', '.join(raw.channels)}"
        raise UserError(
            file,
            f"one grey channel, as column `{name}` names a file of one channel",
            kind,
            "put the file into column `path`, or export the channel by itself",
        )
    return grey.pixels[0]


def _check_alike(files: list[str], channels: list[np.ndarray]) -> None:
    first = channels[0]
    for file, channel in zip(files[1:], channels[1:], strict=True):
        for what, expected, found in (
            ("shape", first.shape, channel.shape),
            ("type", first.dtype, channel.dtype),
        ):
            if expected != found:
                raise UserError(
                    file,
                    f"{what} {expected}, like {files[0]}",
                    f"{what} {found}",
                    "channels of one image must lie pixel on pixel, in one type",
                )


def _check_values(name: str, pixels: np.ndarray, seen: np.ndarray, config: ImagesConfig) -> None:
    method = config.normalisation.method
    scaled = method not in _GIVEN
    for channel, values in zip(config.channels, seen if scaled else pixels, strict=True):
        low, high = values.min(), values.max()
        where = f"image {name}, channel {channel}"
        if scaled:
            if low == high:
                raise UserError(
                    where,
                    "an image",
                    f"a single grey value ({low:g}) in all pixels"
                    + (" of its training strip" if seen is not pixels else ""),
                    "remove the image, or set `images.normalisation.method: none` if it is wanted",
                )
        elif method == "none" and pixels.dtype.kind == "f" and (low < 0 or high > 1):
            raise UserError(
                where,
                "float values from 0 to 1, as `images.normalisation.method` is none",
                f"values from {low:g} to {high:g}",
                "use method percentile or minmax",
            )
