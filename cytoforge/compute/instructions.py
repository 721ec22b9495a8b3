"""Which arithmetic a device has instructions for."""

import torch


def has_bf16(device: torch.device) -> bool:
    """Has the device instructions for bf16, rather than an emulation that is slower than fp32?"""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def has_int8(device: torch.device) -> bool:
    """Has the device instructions that multiply bytes and add them up in 32 bits?"""
    capable = torch.cpu.get_capabilities().get("avx512_vnni", False)
    return device.type == "cpu" and bool(capable) and hasattr(torch.ops.onednn, "qconv_pointwise")
