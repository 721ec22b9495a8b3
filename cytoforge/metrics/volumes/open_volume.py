"""Unpack a real volume and what was made of it, for as long as they are compared."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cytoforge.metrics.volumes.compared_volume import Opened
from cytoforge.metrics.volumes.real_volume import ClassMeans, RealVolume
from cytoforge.volumes.body import CT_THRESHOLD, body_of_volume
from cytoforge.volumes.mask_stack import MaskStack
from cytoforge.volumes.sidecar import HU
from cytoforge.volumes.slice_store import SliceStore, unpacked


@contextmanager
def open_volume(
    folder: Path,
    rows: Sequence[Mapping[str, str]],
    real: RealVolume,
    means: ClassMeans,
    room: Path,
) -> Iterator[Opened]:
    """Yield a real volume with the samples that were made of its labels.

    Parameters
    ----------
    folder : of the set
    rows : of its volumes.csv, one per sample, all of the same slices
    means : of the trivial volume
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
