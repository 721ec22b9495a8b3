"""Moving average of a generator's weights."""

import copy

import torch
from torch import Tensor, nn


class MovingAverage:
    """A second network whose weights follow the trained one's slowly.

    Buffers are averaged too: batch-norm statistics then are a mean over hundreds of batches
    instead of the last ten, which is what makes `norm_stats: running` look right.
    """

    def __init__(self, source: nn.Module, decay: float) -> None:
        self.decay = decay
        self.network = copy.deepcopy(source).requires_grad_(False)

    @torch.no_grad()
    def update(self, source: nn.Module, step: int) -> None:
        """Move towards `source` after step `step` (0 is the first).

        Early on the decay is (1 + step) / (10 + step), so the random start is soon forgotten.
        """
        decay = min(self.decay, (1 + step) / (10 + step))
        averages, values = _tensors(self.network), _tensors(source)
        floats = [i for i, value in enumerate(values) if value.is_floating_point()]
        torch._foreach_lerp_([averages[i] for i in floats], [values[i] for i in floats], 1 - decay)
        for i in set(range(len(values))) - set(floats):
            averages[i].copy_(values[i])  # batch norm's counter of batches


def _tensors(network: nn.Module) -> list[Tensor]:
    return [tensor.detach() for tensor in network.state_dict().values()]
