"""What the methods that look through a small network have in common.

Rules read it before any job, so it imports neither torch nor the network.
"""

from pathlib import Path

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.segmentation.learned.shipped import existing_network


class LearnedBase(SegmentationBase):
    """A method whose objects a network of resources/networks finds, or one of the user's."""

    network: str | None = None
    """A network's name or file. Null: none."""

    @property
    def network_key(self) -> str:
        """What messages call the key that names the network."""
        return f"network of the segmentation method `{self.method}`"

    @property
    def estimates_diameters(self) -> bool:
        """No: without a diameter pixels are as large as in training, in every image."""
        return False

    def model_files(self) -> dict[str, Path]:
        """Return the network's file."""
        if self.network is None:
            return {}
        return {"network": existing_network(self.network, self.network_key)}
