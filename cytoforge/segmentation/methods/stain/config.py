"""Config of nuclei in stained sections: H&E, and IHC with haematoxylin."""

from typing import Literal

from cytoforge.config.base import later, number
from cytoforge.config.objects import ObjectType
from cytoforge.segmentation.learned.config import LearnedBase


class StainConfig(LearnedBase):
    """Nuclei by a small network that sees red, green and blue; cells are not seen."""

    method: Literal["stain"] = "stain"
    """Nuclei in H&E and IHC. Needs the channels red, green and blue; `nucleus_diameter_px` says how
    far the image is resized."""
    network: str | None = "stain"
    """A network of resources/networks, or the path of one that `python -m
    cytoforge.segmentation.learned` has trained on. Null: none; the haematoxylin of a fixed colour
    deconvolution (Ruifrok and Johnston 2001), a threshold, and a watershed of distances."""
    dab: Literal["kept", "removed"] = later("kept")
    """`removed`: the network sees IHC without its brown, and a pale counterstain as strong as in
    H&E: for markers of cytoplasm or membranes, whose brown hides blue nuclei. `kept` for markers of
    nuclei (Ki67, ER, PR), of which brown ones are nuclei too."""
    min_nucleus_area: float = number(0.15, ge=0, le=1, why="no nucleus would be left")
    """Nuclei smaller than this fraction of a typical nucleus' area are removed."""

    @property
    def found(self) -> dict[str, ObjectType]:
        """Nuclei alone: nobody sees where a cell of a tissue ends."""
        return {"nuclei": ObjectType()}

    @property
    def other_ways(self) -> str:
        """It takes fibres and keratin of sections unlike those that it knows for nuclei."""
        return (
            "correct `nucleus_diameter_px`, set `dab: removed` where brown lies in cytoplasm or"
            " membranes, try `method: watershed` with `nuclei_channel: haematoxylin`, or train the"
            " network on with some labelled nuclei of your own (README, Your own images)"
        )

    @property
    def what_helps(self) -> str:
        """It may have been told a wrong size, or be shown other stains than it knows."""
        return self.other_ways


CONFIG = StainConfig
