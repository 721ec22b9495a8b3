"""Models by name. A new one is a line here and a module of its name in networks/ and training/."""

from cytoforge.config.oasis import OasisConfig
from cytoforge.config.pix2pix import Pix2PixConfig
from cytoforge.config.pix2pixhd import Pix2PixHDConfig
from cytoforge.config.training import TrainingConfig

MODEL_CONFIGS: dict[str, type[TrainingConfig]] = {
    "pix2pix": Pix2PixConfig,
    "pix2pixhd": Pix2PixHDConfig,
    "oasis": OasisConfig,
}
