"""From the CPU's memory to the device without waiting for the device."""

import torch
from torch import Tensor


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """Return a CPU tensor on the device.

    From ordinary memory a copy first waits until the GPU has done all it was given; from pinned
    memory it joins the queue.
    """
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
