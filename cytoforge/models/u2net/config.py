"""Config of `u2net`."""

from typing import Literal

from cytoforge.models.instance_config import InstanceTraining


class U2NetConfig(InstanceTraining):
    size: Literal["full", "small"] = "full"
    """`full` has 44.0 million parameters, `small` 1.13 million; both see wide around a pixel."""

    @property
    def size_multiple(self) -> int:
        """Stages and their own U-Nets halve five times."""
        return 32


CONFIG = U2NetConfig
