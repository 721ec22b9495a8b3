"""A trained generator made fast for generating many tiles: same weights, other arithmetic.

- `exact`: the network as it was trained, in fp32.
- `auto`: bf16 where the device has instructions for it, channels last, spectral norms and
  batch-norm statistics folded into the convolutions. Against fp32, on images in [0, 1]: 0.0005 on
  the mean and 0.007 at the most on a U-Net (0.13 and 2 of 255 grey values).
- `fast`: on a CPU with AVX512-VNNI, the original U-Nets of pix2pix in 8-bit integers
  (networks.int8). On a GPU, as `auto`, and from `COMPILED_FROM` tiles on compiled; compiled and
  plain images differ by the rounding of bf16. Anything else is `auto`, and the log says so.

Whole fields of 165 tiles of unet_256 on one core, getting ready included, against the textbook's
loop over single tiles (benchmarks/inference.py); differences are of trained U-Nets:

| mode | ms per tile | times as fast | mean | 99 of 100 pixels | most |
|---|---|---|---|---|---|
| textbook | 219 | 1 | | | |
| `exact` | 133 | 1.6 | 0 | 0 | 0 |
| `auto` | 69 | 3.2 | 0.0005 | 0.002 | 0.007 |
| `fast` | 42 | 5.3 | 0.001 to 0.003 | 0.006 to 0.013 | 0.03 to 0.15 |

Which it is follows from the setting, the device and, on a GPU, the number of tiles, never from a
stopwatch: the same request gives the same bytes on the same machine. What a tile becomes does not
depend on how many others are made, but for the choice to compile.
"""

import copy
import time
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from cytoforge.compute.devices import has_bf16, make_compiler_deterministic
from cytoforge.networks.layers import BatchNorm, NormStats, prepare_inference
from cytoforge.networks.spectral import fold_spectral_norm
from cytoforge.synthesis.int8_unet import Int8UNet, why_not_int8

Inference = Literal["auto", "exact", "fast"]

# On CPUs, compiled bf16 networks are hardly faster than these: unet_256 takes 17.4 ms per tile, not
# 16.2; of the presets `fast`, pix2pix and pix2pixHD save a tenth, OASIS a quarter. A GPU generates
# many tiles in the minutes that compiling takes.
COMPILED_FROM = 2000


def fast_network(
    network: nn.Module,
    example: Tensor,
    n_tiles: int,
    inference: Inference = "auto",
    norm_stats: NormStats = "running",
) -> tuple[nn.Module, str]:
    """Return a network that does the same, and a line for the log.

    The given network stays as it is. Dropout seeds may be set on the new one by
    `prepare_inference`, unless it is compiled or in integers.

    Parameters
    ----------
    network : generator, (B, K, H, W) → (B, C, H, W)
    example : input of the shape and on the device that it will be used with; integers take their
        range from the values that the network has on it
    n_tiles : how many tiles will be generated; decides whether compiling pays
    """
    if inference == "exact":
        return network, "inference: fp32, as trained"
    ready = prepare_inference(copy.deepcopy(network), norm_stats).requires_grad_(False)
    fold_spectral_norm(ready)
    if norm_stats == "running":
        fold_batch_norm(ready)
    bf16 = has_bf16(example.device)
    floats, on_cpu = "bf16" if bf16 else "fp32", example.device.type == "cpu"
    why_not = ""
    if inference == "fast" and on_cpu:
        why_not = why_not_int8(ready, example.device)
        if not why_not:
            integers = Int8UNet(ready, example, torch.bfloat16 if bf16 else torch.float32)
            return integers, f"inference: int8, last layer {floats}, folded norms"
    if bf16:
        _round_weights(ready)
    ready.to(memory_format=torch.channels_last)
    fast = FastNetwork(ready, bf16)
    line = f"inference: {floats}, folded norms, channels last"
    if inference == "fast" and not on_cpu and n_tiles >= COMPILED_FROM:
        return _compiled(fast, example, line)
    return fast, f"{line}; not int8: {why_not}" if why_not else line


class FastNetwork(nn.Module):
    """A network with its arithmetic: to and from it, tensors are fp32."""

    def __init__(self, network: nn.Module, bf16: bool) -> None:
        super().__init__()
        self.network, self.bf16 = network, bf16

    def forward(self, x: Tensor) -> Tensor:  # (B, K, H, W)
        x = x.contiguous(memory_format=torch.channels_last)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bf16):
            # A copy, because a CUDA graph writes each image into the same memory.
            return self.network(x).to(torch.float32, copy=True)  # (B, C, H, W)


def _compiled(fast: FastNetwork, example: Tensor, line: str) -> tuple[FastNetwork, str]:
    """Return a compiled network, or the given one where compiling fails."""
    options: dict[str, Any] = {"freezing": True, "triton.cudagraphs": True}
    make_compiler_deterministic()
    network = torch.compile(fast.network, dynamic=False, options=options)
    compiled = FastNetwork(network, fast.bf16)  # type: ignore[arg-type]
    start = time.monotonic()
    try:
        with torch.inference_mode():
            compiled(example)
    except Exception as error:  # a missing or broken compiler raises many types
        return fast, f"{line}; not compiled: {type(error).__name__}"
    return compiled, f"{line}, compiled in {time.monotonic() - start:.0f} s"


@torch.no_grad()
def fold_batch_norm(network: nn.Module) -> nn.Module:
    """Put the running statistics of each batch norm that follows a convolution into its weights.

    In place, in evaluation mode; equal up to rounding. Returns the network.
    """
    for block in network.modules():
        if type(block) is not nn.Sequential:
            continue
        for at, (layer, norm) in enumerate(zip(list(block), list(block)[1:], strict=False)):
            if not isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                continue
            if isinstance(norm, BatchNorm) and norm.track_running_stats:
                layer.weight, bias = fuse_conv_bn_weights(
                    layer.weight,
                    layer.bias,
                    norm.running_mean,  # type: ignore[arg-type]
                    norm.running_var,  # type: ignore[arg-type]
                    norm.eps,
                    norm.weight,
                    norm.bias,
                    transpose=isinstance(layer, nn.ConvTranspose2d),
                )
                layer.bias = bias
                block[at + 1] = nn.Identity()
    return network.requires_grad_(False)


def _round_weights(network: nn.Module) -> None:
    # Norms keep fp32: their few numbers cost nothing, and autocast joins the two.
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            layer.to(torch.bfloat16)
