"""Label maps as network input."""

from typing import Literal

import torch
from torch import Tensor

LabelInput = Literal["one_hot", "grey"]


def label_channels(label_input: LabelInput, n_codes: int) -> int:
    """Return how many channels `encode_labels` gives."""
    return n_codes if label_input == "one_hot" else 1


def encode_labels(labels: Tensor, n_codes: int, label_input: LabelInput = "one_hot") -> Tensor:
    """Return label maps as channels.

    Parameters
    ----------
    labels : uint8 tensor of shape (B, H, W) with codes 0 … n_codes − 1

    Returns
    -------
    float32 tensor of shape (B, K, H, W): a 0/1 channel per code, or one grey channel in [-1, 1]
    in which the codes are equally spaced (which wrongly calls them an order: compatibility only)
    """
    if label_input == "grey":
        return labels[:, None].float() * (2 / (n_codes - 1)) - 1
    codes = torch.arange(n_codes, dtype=labels.dtype, device=labels.device)
    return (labels[:, None] == codes[:, None, None]).float()
