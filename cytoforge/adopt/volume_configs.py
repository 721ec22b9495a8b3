"""Configs beside adopted volumes: what they need depends on their classes and channels."""

from collections.abc import Mapping, Sequence
from typing import Any

from cytoforge.config.data_sets import DataSet

# CT is never scaled by its own values, MR by those of its body, of a whole volume.
NORMALISATION: dict[str, dict[str, Any]] = {
    "ct": {"method": "window", "window": "ct"},
    "mr": {"method": "body", "low": 0.5, "high": 99.5},
}
TILE_PX = 256


def volume_config(
    title: str, channels: Sequence[str], classes: Mapping[str, int], modality: str
) -> DataSet:
    """Return a config that generates slices of label maps.

    classes : number in the label volumes by name, in the order of the codes
    modality : `ct` or `mr`
    """
    says = (
        f"{title}. Slices of volumes from label maps, and volumes of these again.",
        "Tiles must fit into the slices: lower tile_px for small ones. Needs a GPU.",
    )
    return DataSet(
        says,
        {
            "images": {"channels": list(channels), "normalisation": NORMALISATION[modality]},
            "split": {"by": "patient"},
            "references": {"organs": {"column": "labels", "classes": dict(classes)}},
            "datasets": {
                "tiles": {
                    "reference": "organs",
                    "tile_px": TILE_PX,
                    "min_classes": 2,
                    "sampler": {"method": "all"},
                }
            },
            "models": {"oasis": {"dataset": "tiles", "model": "oasis", "preset": "gpu"}},
            "report": {"title": title},
        },
    )
