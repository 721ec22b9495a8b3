"""What is known of a whole volume when one of its slices is read: grey ranges, the body's mask."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cytoforge.images.image import ChannelRange
from cytoforge.jobs.by_name import load

# In the folder of a volume.
MASK, FACTS = "body.nii.gz", "body.json"


@dataclass(frozen=True)
class VolumeFacts:
    """Of the slice that is read.

    Attributes
    ----------
    ranges : of each channel, with `normalisation.method: body`; else empty
    body : bool (Y, X), where the body is; None: everything is kept
    """

    ranges: Mapping[str, ChannelRange]
    body: np.ndarray | None = None


def facts_of(of_volume: Mapping[str, Any] | None, plane: dict[str, int]) -> VolumeFacts | None:
    """Return what `volumes.measure` wrote into a volume's folder, for one of its slices.

    of_volume : of `params:`, `folder` and `masked`: whether what lies outside the body is to be
        taken away; None where nothing was measured
    """
    if of_volume is None:
        return None
    folder = Path(of_volume["folder"])
    stored = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    found = stored["ranges"].items()
    ranges = {name: ChannelRange(one["low"], one["high"], "body") for name, one in found}
    if not of_volume["masked"]:
        return VolumeFacts(ranges)
    # By name: images that are no slices do not depend on how volumes are read.
    mask, _ = load("formats", "nifti").read_slice(str(folder / MASK), plane, float("inf"))
    return VolumeFacts(ranges, mask != 0)
