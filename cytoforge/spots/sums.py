"""Add two sets of images of the same maps: cells and the spots in them."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from cytoforge import __version__
from cytoforge.config.images import NormalisationConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.normalise import channel_ranges
from cytoforge.images.ome import read_image, write_image
from cytoforge.images.set_manifest import read_manifest, write_manifest
from cytoforge.jobs.atomic import atomic_path
from cytoforge.jobs.provenance import sha256_file
from cytoforge.spots.truth import rows_of_truth

Row = Mapping[str, str]
# What is told of how each of the two images was made.
PROVENANCE = ("seed", "model", "weights_sha256", "settings")


@dataclass(frozen=True)
class SumRequest:
    """Two sets, and how they are added.

    Attributes
    ----------
    parts : names of the sets in the config
    rows : of their manifests, or for `real` one per image: name, image, source
    into : a channel of the second set -> the channel of the first that it is added to; channels of
        the same name are added too, and all others stand beside them
    spots : rows of the set whose spots are in one of the two, so that they stay known
    """

    parts: tuple[str, str]
    rows: tuple[Sequence[Row], Sequence[Row]]
    into: Mapping[str, str] = field(default_factory=dict)
    spots: Sequence[Row] = ()


def rows_of(manifest: str | Path | None, images: Sequence[Path] = ()) -> list[dict[str, str]]:
    """Return the rows of a set's manifest, or rows of real images."""
    if manifest is not None:
        return read_manifest(manifest)
    names = [path.name.removesuffix(".ome.tif") for path in images]
    return [
        {"name": name, "image": str(path), "source": name, "map": name}
        for name, path in zip(names, images, strict=True)
    ]


def make_sum_set(
    request: SumRequest, output: str | Path, normalisation: NormalisationConfig
) -> None:
    """Write `fields/{name}.ome.tif` per image of the first set, and manifest.csv.

    Label maps are those of the first set, coordinates of spots of whichever has them: true places
    stay known.
    """
    write_manifest(output, list(_rows(request, Path(output), normalisation)))


def _rows(
    request: SumRequest, output: Path, normalisation: NormalisationConfig
) -> Iterator[dict[str, str]]:
    first, second = request.rows
    truths = rows_of_truth(first, request.spots) if request.spots else {}
    for row, other in zip(first, partners(first, second, request.parts), strict=True):
        print(f"adding {other['name']} of {request.parts[1]} to {row['name']}")
        image, added = read_image(row["image"]), read_image(other["image"])
        total, clipped = add_images(image, added, request.into, pedestal=_pedestal(other))
        total = replace(total, ranges=_ranges(total, image, request.into, added, normalisation))
        made_from = {
            "map": row.get("map") or row.get("name", ""),
            "saturated": f"{clipped:.6f}",
            "parts_sha256": _both("image_sha256", row, other),
            **{key: _both(key, row, other) for key in PROVENANCE},
            "sum": " + ".join(request.parts),
            "into": ", ".join(f"{a} into {b}" for a, b in sorted(request.into.items())),
            "sigma_px": truths.get(row["name"], {}).get("sigma_px", ""),
            "cytoforge": __version__,
        }
        files = {"image": f"fields/{row['name']}.ome.tif"}
        write_image(output / files["image"], total, made_from)
        files |= _copied(row, truths.get(row["name"]), output)
        digests = {f"{key}_sha256": sha256_file(output / file) for key, file in files.items()}
        source = row.get("source", "")
        yield {"name": row["name"], **files, **digests, "source": source, **made_from}


def partners(first: Sequence[Row], second: Sequence[Row], parts: tuple[str, str]) -> list[Row]:
    """Return the image of the second set that belongs to each of the first: of the same name, or
    else of the same map.

    Raises
    ------
    UserError : an image without a partner
    """
    by_name = {row["name"]: row for row in second}
    by_map = {row["map"]: row for row in reversed(second) if row.get("map")}
    found = [by_name.get(row["name"]) or by_map.get(row.get("map", "")) for row in first]
    alone = [row["name"] for row, other in zip(first, found, strict=True) if other is None]
    if alone or not found:
        raise UserError(
            where=f"sum: [{', '.join(parts)}]",
            expected=f"two sets of images of the same maps; {parts[1]} has "
            + (", ".join(list(by_name)[:5]) or "none"),
            found=f"no partner for {', '.join(alone[:5]) or 'any image'}",
            fix="let both sets have the same `maps` (and `split`)",
        )
    return [other for other in found if other is not None]


def add_images(
    image: Image, other: Image, into: Mapping[str, str], *, pedestal: float = 0.0
) -> tuple[Image, float]:
    """Add channels of two images; return the sum, and the part of the added pixels that is clipped.

    Channels of the same name (after `into`) are added pixel by pixel and stay within the first
    image's type: nothing wraps around. Of channels that are added the second's pedestal is taken
    off, for a camera adds it once. Others follow as they are, in a type that holds both images.

    Raises
    ------
    UserError : images of two sizes, or a channel of `into` that is not there
    """
    _check(image, other, into)
    targets = {name: into.get(name, name) for name in other.channels}
    planes, clipped, n_added = list(image.pixels), 0, 0
    for name, target in targets.items():
        if target in image.channels:
            k = image.channels.index(target)
            total = planes[k].astype(np.float64) + other.channel(name) - pedestal
            planes[k] = as_type(total, image.pixels.dtype)
            clipped += int((np.rint(total) > _most(image.pixels.dtype)).sum())
            n_added += total.size
    beside = [name for name, target in targets.items() if target not in image.channels]
    planes += [other.channel(name) for name in beside]
    whole = replace(
        image,
        pixels=np.stack(planes),  # in the wider of both types
        channels=(*image.channels, *(targets[name] for name in beside)),
        ranges=(*image.ranges, *(other.ranges[other.channels.index(name)] for name in beside)),
    )
    return whole, clipped / n_added if n_added else 0.0


def as_type(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return floats as an image's type: whole numbers are rounded and stay within it.

    >>> as_type(np.array([-3.0, 2.6, 300.0]), np.dtype(np.uint8)).tolist()
    [0, 3, 255]
    """
    if dtype.kind != "u":
        return values.astype(dtype)
    return np.clip(np.rint(values), 0, _most(dtype)).astype(dtype)


def _most(dtype: np.dtype) -> float:
    return float(np.iinfo(dtype).max) if dtype.kind == "u" else float("inf")


def _check(image: Image, other: Image, into: Mapping[str, str]) -> None:
    if image.shape != other.shape:
        raise UserError(
            where=f"sum of the images {image.name} and {other.name}",
            expected="two images of one size",
            found=" and ".join(f"{h} × {w} px" for h, w in (image.shape, other.shape)),
            fix="let both sets have the same `maps`",
        )
    for name, target in into.items():
        for channel, of in ((name, other), (target, image)):
            if channel not in of.channels:
                raise UserError(
                    where=f"into: {{{name}: {target}}}",
                    expected=f"a channel of {of.name} ({', '.join(of.channels)})",
                    found=repr(channel),
                    fix="correct the name of the channel",
                )


def _pedestal(row: Row) -> float:
    return float(row.get("pedestal") or 0)


def _ranges(
    total: Image,
    image: Image,
    into: Mapping[str, str],
    added: Image,
    normalisation: NormalisationConfig,
) -> tuple[ChannelRange, ...]:
    """Return the grey ranges of the sum: new ones for channels that something was added to."""
    changed = {into.get(name, name) for name in added.channels} & set(image.channels)
    return tuple(
        channel_ranges(pixels[None], normalisation)[0] if name in changed else known
        for name, pixels, known in zip(total.channels, total.pixels, total.ranges, strict=True)
    )


def _both(key: str, row: Row, other: Row) -> str:
    """Return what both parts say under a key; "" where neither says anything."""
    values = (row.get(key, ""), other.get(key, ""))
    return " + ".join(values) if any(values) else ""


def _copied(row: Row, truth: Row | None, output: Path) -> dict[str, str]:
    """Copy label map and coordinates; return their files relative to the set's folder."""
    wanted = {"labels": (row.get("labels"), "_labels.tif")}
    wanted["spots"] = (truth["spots"] if truth else None, "_spots.csv")
    files = {}
    for key, (path, ending) in wanted.items():
        if path:
            files[key] = f"fields/{row['name']}{ending}"
            with atomic_path(output / files[key]) as temporary:
                shutil.copyfile(path, temporary)
    return files
