"""Config of `unet`: the small U-Net of the methods `phase` and `stain`, or a larger one."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from cytoforge.config.training import FILTERS
from cytoforge.models.instance_config import InstanceTraining
from cytoforge.segmentation.learned.network_header import header_of
from cytoforge.segmentation.learned.shipped import network_path

PREFIX = "pretrained/"

Width = Annotated[int, Field(ge=4, le=512)]


class UNetConfig(InstanceTraining):
    widths: tuple[Width, ...] = Field(
        (16, 32, 64, 128, 128), min_length=2, max_length=7, json_schema_extra={"why": FILTERS}
    )
    """Channels of each level, full size first; every further level halves the size. The default has
    1.2 million parameters, [16, 32, 64, 128] 0.5, [32, 64, 128, 256, 256] 4.9 and
    [32, 64, 128, 256, 512] 7.8."""
    initial: str | None = None
    """What training goes on from: `pretrained/phase` or `pretrained/stain` of resources/networks,
    or the path of a network that `python -m cytoforge.segmentation.learned` wrote. It decides
    `sees`, `scale` and `widths` where they are not given. Null: random weights."""

    @model_validator(mode="before")
    @classmethod
    def _as_initial(cls, raw: Any) -> Any:
        """Take from `initial` what is not given; its file is not looked at where all is."""
        keys = ("sees", "scale", "widths")
        if not isinstance(raw, dict) or not isinstance(raw.get("initial"), str):
            return raw
        if all(key in raw for key in keys):
            return raw
        header = header_of(initial_name(raw["initial"]), "initial")
        return {"sees": header["kind"], **{key: header[key] for key in keys[1:]}, **raw}

    def initial_files(self) -> dict[str, Path]:
        """Return the network that training goes on from."""
        return {"initial": network_path(initial_name(self.initial))} if self.initial else {}

    @property
    def size_multiple(self) -> int:
        """Every level but the first halves."""
        return 1 << (len(self.widths) - 1)


def initial_name(initial: str) -> str:
    """Return what `network_path` takes for a value of `initial`.

    >>> initial_name("pretrained/phase")
    'phase'
    """
    return initial.removeprefix(PREFIX)


CONFIG = UNetConfig
