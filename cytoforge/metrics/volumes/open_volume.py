"""Unpack a real volume and what was made of it, for as long as they are compared."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoforge.metrics.volumes.compared_volume import Opened
from cytoforge.volumes.body import CT_THRESHOLD, body_of_volume
from cytoforge.volumes.mask_stack import MaskStack
from cytoforge.volumes.sidecar import HU
from cytoforge.volumes.slice_store import SliceStore, unpacked


@dataclass(frozen=True)
class RealVolume:
    """What a made volume is compared with.

    Attributes
    ----------
    image : file of the channel that is compared
    labels : file of its label volume
    axis : body axis along which slices are counted
    training : numbers of its training slices
    unit : what the split keeps together: its patient, or itself
    body : file of its mask; "" where it is found here
    """

    image: str
    labels: str
    axis: str
    training: Sequence[int]
    unit: str
    body: str = ""


def class_means(reals: Iterable[RealVolume], room: Path) -> dict[int, float]:
    """Return the mean value of each label over the training slices of all volumes.

    room : folder in which they are unpacked, one at a time
    """
    total: dict[int, float] = {}
    count: dict[int, int] = {}
    for real in (one for one in reals if one.training):
        with (
            unpacked(real.image, real.axis, room) as image,
            unpacked(real.labels, real.axis, room) as labels,
        ):
            for number in real.training:
                values = image.picture(number).reshape(-1).astype(np.float64)
                present, places = np.unique(labels.picture(number), return_inverse=True)
                sums = np.bincount(places.reshape(-1), values)
                voxels = np.bincount(places.reshape(-1))
                for label, one, n in zip(present.astype(int).tolist(), sums, voxels, strict=True):
                    total[label] = total.get(label, 0.0) + float(one)
                    count[label] = count.get(label, 0) + int(n)
    return {label: total[label] / count[label] for label in sorted(total)}


@contextmanager
def open_volume(
    folder: Path,
    rows: Sequence[Mapping[str, str]],
    real: RealVolume,
    means: Mapping[int, float],
    room: Path,
) -> Iterator[Opened]:
    """Yield a real volume with the samples that were made of its labels.

    Parameters
    ----------
    folder : of the set
    rows : of its volumes.csv, one per sample, all of the same slices
    means : of the trivial volume, by label
    room : folder in which volumes are unpacked
    """
    sidecar = json.loads((folder / rows[0]["sidecar"]).read_text(encoding="utf-8"))
    channel = next(iter(sidecar["channels"].values()))
    unit = channel["unit"]
    with ExitStack() as stack:

        def unpack(file: str | Path) -> SliceStore:
            return stack.enter_context(unpacked(str(file), real.axis, room))

        image = unpack(real.image)
        yield Opened(
            real=image,
            labels=unpack(folder / rows[0]["labels"]),
            made={row["sample"]: unpack(folder / row["image"].split("; ")[0]) for row in rows},
            body=_body(real, image, unit, room),
            numbers=sorted(one["slice"] for one in sidecar["slices"]),
            means=means,
            unit=unit,
            window=(channel["low"], channel["high"]),
        )


def _body(real: RealVolume, image: SliceStore, unit: str, room: Path) -> MaskStack:
    if not real.body:
        return body_of_volume(image, CT_THRESHOLD if unit == HU else None, real.image)
    with unpacked(real.body, real.axis, room) as mask:
        return MaskStack(plane != 0 for plane in mask.pictures())
