"""Config of a model: data set, architecture, training and how the trained model is run."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from cytoforge.config.base import Name, Once, Section, number
from cytoforge.config.training import model_names


class SynthesisConfig(Section):
    norm_stats: Literal["running", "instance"] = "running"
    """Statistics of batch norms: `running` (those of training, the same for every tile: no seams)
    or `instance` (of each tile, as the original's test program). A translator's instance norms:
    `running` takes those of the whole image, so that tiles agree in colour."""
    dropout: Literal["off", "seeded"] = "off"
    """Dropout at synthesis: off, or on with a seed of its own for each sample (generators from
    unet_64 on)."""
    overlap: float = number(
        0.5,
        ge=0,
        le=0.9,
        why="a field takes 1 / (1 - overlap)² times as many tiles: 100 times at 0.9",
    )
    """Overlap of neighbouring tiles, blended smoothly; 0 concatenates (visible seams)."""
    tile_px: int | None = number(
        None, ge=16, le=8192, why="smaller tiles show no cell; a tile is generated in one piece"
    )
    """Tile side. Null: as in training."""
    batch_size: int = number(8, ge=1, le=1024, why="all tiles of a batch are in memory at once")
    """Tiles generated at once; bounds the memory, whatever the image's size."""
    inference: Literal["auto", "exact", "fast"] = "auto"
    """Arithmetic: `exact` is training's fp32; `auto` takes bf16 where the device has it, 2 to 4
    times as fast and at most 2 of 255 grey values off; `fast` takes 8-bit integers for the original
    U-Net of pix2pix on CPUs that have them (AVX512-VNNI), nearly twice as fast again and half a
    grey value off on the mean, 3 for 99 of 100 pixels; on GPUs it compiles the generator for runs
    of 2000 tiles and more. Where it can do neither it is `auto`, and the log says why."""


class ModelConfig(Section):
    dataset: Name
    """Name of a block in `datasets`."""
    model: str = "pix2pix"
    """Which generator: `pix2pix`, `pix2pixhd` or `oasis`; of two domains, `cyclegan` or `cut`; of
    label maps, from noise alone, `stylegan2`, `stylegan3-t` or `stylegan3-r`; what finds the class
    of each pixel: `label_unet`; or what finds instances for segmentations of method `trained`:
    `unet`, `u2net`, `hovernet` or `mask_rcnn`."""
    task: str | None = None
    """What the model learns: `labels_to_image`, or, with `pix2pix`, `image_to_labels`, which is
    what `label_unet` always learns, and, with `oasis`, `labels_to_domain`, without pairs; with
    `unet`, `u2net`, `hovernet` and `mask_rcnn` always `image_to_instances`, with `cyclegan` and
    `cut` `image_to_image`, with a StyleGAN `noise_to_labels`. Null: the first that it offers."""
    preset: str = "original"
    """A file of config/presets/<model> without its suffix: `original`, `fast` or `gpu`; `cyclegan`
    also has `published` (the same as `original`) and `bci`, `cut` has `published` and `fastcut`,
    `hovernet` `published`, `oasis` `ct` and `mr`, the settings that medical slices were launched
    with."""
    training: dict[str, Any] = Field(default_factory=dict)
    """Single training settings that overrule the preset's."""
    synthesis: SynthesisConfig = SynthesisConfig()
    """How the trained model is run on whole fields."""
    export: Annotated[tuple[Literal["onnx", "torch_export"], ...], Once] = ()
    """Files that run the generator without cytoforge, in results/export/<model>: `onnx` for
    any runtime, `torch_export` for PyTorch; each is checked against the generator."""

    @field_validator("model")
    @classmethod
    def _by_its_folder(cls, value: str) -> str:
        """A folder of Python code has no dash in its name: `stylegan3-t` is that of
        `stylegan3_t`."""
        other = value.replace("-", "_")
        return other if value not in model_names() and other in model_names() else value
