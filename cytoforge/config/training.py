"""Config of training; a preset gives the values, an experiment overrules single ones."""

from typing import Literal

from pydantic import Field

from cytoforge.config.base import Section

# Halvings of each generator: its tiles are multiples of 2 to this power.
HALVINGS = {"unet_256": 8, "unet_128": 7, "unet_64": 6, "unet_32": 5, "unet_16": 4}


class TrainingConfig(Section):
    steps: int | None = Field(None, ge=1)
    """Training steps. Null: counted from `epochs`."""
    epochs: int = Field(200, ge=1)
    """Passes over the training tiles when `steps` is null."""
    constant_share: float = Field(0.5, ge=0, le=1)
    """Share of training at the full learning rate; then it falls linearly to 0."""
    batch_size: int = Field(1, ge=1)
    """Tiles a step."""
    learning_rate: float = Field(2e-4, gt=0)
    """Adam's learning rate, both networks."""
    beta1: float = Field(0.5, ge=0, lt=1)
    """Adam's first momentum."""
    beta2: float = Field(0.999, ge=0, lt=1)
    """Adam's second momentum."""
    gan_mode: Literal["vanilla", "lsgan"] = "vanilla"
    """Adversarial loss: binary cross-entropy (vanilla) or least squares (lsgan)."""
    lambda_l1: float = Field(100, ge=0)
    """Weight of the L1 loss."""
    lambda_gan: float = Field(1, ge=0)
    """Weight of the generator's adversarial loss."""
    generator: Literal["unet_256", "unet_128", "unet_64", "unet_32", "unet_16"] = "unet_256"
    """U-Net with 8 (256), 7 (128), … 4 (16) halvings; the tile must be a multiple of that number.
    Fewer halvings see less around a pixel, and are quicker to train: most weights lie deep."""
    generator_filters: int = Field(64, ge=4)
    """Filters of the generator's first layer (ngf)."""
    discriminator_filters: int = Field(64, ge=4)
    """Filters of the discriminator's first layer (ndf)."""
    discriminator_layers: int = Field(3, ge=1, le=5)
    """Strided layers of the PatchGAN; 3 sees 70×70 pixels, 2 sees 34×34."""
    norm: Literal["batch", "instance", "none"] = "batch"
    """Normalisation layers."""
    upsampling: Literal["transposed", "resize"] = "transposed"
    """Decoder: transposed convolutions (original) or resize-convolutions (no checkerboard)."""
    detail_filters: int = Field(0, ge=0)
    """Filters of one more layer, at full size, that sees the label map again beside the decoder's
    output: thin rims stay sharp. 0: none, as the original."""
    dropout: bool = True
    """Dropout in the middle of the decoder, as the original; unet_32 and unet_16 have none."""
    label_input: Literal["one_hot", "grey"] = "one_hot"
    """`one_hot`: a channel a code; `grey`: codes as grey values (compatibility)."""
    augment: Literal["none", "flip", "flip_rotate"] = "flip"
    """Geometric augmentation; image and labels always together, never interpolated."""
    jitter_px: int = Field(0, ge=0)
    """Random crop: tiles are padded by reflection by this much, then cropped (original: 30 of
    286, by resizing)."""
    ema_decay: float = Field(0.0, ge=0, lt=1)
    """Moving average of the generator's weights used for validation and synthesis; 0: off."""
    precision: Literal["fp32", "bf16", "auto"] = "fp32"
    """Arithmetic; `auto` takes bf16 where the device has it and a measured probe is faster."""
    cpu_threads: int = Field(2, ge=1)
    """Threads on a CPU. A setting, not what happens to be free: sums depend on it in their last
    bits, so another number gives other weights."""
    channels_last: bool = False
    """Memory layout; faster on GPUs, slower at batch 1 on CPUs."""
    validate_every: int = Field(500, ge=1)
    """Steps between validations, checkpoints and sample sheets."""
    select_by: Literal["lpips", "l1", "last"] = "lpips"
    """Which validation score names the best checkpoint; lpips falls back on l1 without weights."""
    patience: int | None = Field(None, ge=1)
    """Stop after this many validations without a better one. Null: never."""
