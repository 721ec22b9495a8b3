"""A model's steps recorded as CUDA graphs and replayed.

Only the order of work is recorded: weights, moments and random states are those of the model. What
differs from step to step (tiles, draws, learning rates) is read from the same memory each time.
"""

import gc
import warnings
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from cytoforge.compute.steps import Batch, Trainable

# torch doubts that steps before the recording are meant to be as those in it, which they are: rates
# are read from the same numbers.
warnings.filterwarnings("ignore", message="This instance was constructed with capturable=True")

# Steps of a graph key before it is recorded: cuDNN and Triton choose their kernels in them.
WARM_UP = 3


class RecordedSteps:
    """Take steps, the fourth of each graph key recorded and from then on replayed."""

    def __init__(self, model: Trainable) -> None:
        self.model = model
        self.side = torch.cuda.Stream()
        self.warm: Counter[Hashable] = Counter()
        self.graphs: dict[Hashable, tuple[torch.cuda.CUDAGraph, dict[str, Tensor]]] = {}
        self.tiles: Batch | None = None
        self.rates = _Rates(model)

    def __call__(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """Take a step with its draws; the losses are valid until the next one."""
        key = self.model.graph_key(step)
        self.rates.send()
        if key is None:
            return self._plainly(batch, step)
        if self.warm[key] < WARM_UP:
            self.warm[key] += 1
            return self._on_a_side_stream(batch, step)
        self._hold(batch)
        if key not in self.graphs:
            self.graphs[key] = self._recorded(step)
        graph, losses = self.graphs[key]
        graph.replay()
        return losses

    def _plainly(self, batch: Batch, step: int) -> dict[str, Tensor]:
        with self.rates.on_the_device():
            return self.model.update(batch, step)

    def _on_a_side_stream(self, batch: Batch, step: int) -> dict[str, Tensor]:
        # Where recordings are made too: what libraries set up at first use is not to be in them.
        main = torch.cuda.current_stream()
        self.side.wait_stream(main)
        with torch.cuda.stream(self.side):
            losses = self._plainly(batch, step)
        main.wait_stream(self.side)
        return losses

    def _hold(self, batch: Batch) -> None:
        """Copy tiles and draws to where recordings read them."""
        if self.tiles is None:
            self.tiles = batch.clone()
        else:
            self.tiles.copy_(batch)

    def _recorded(self, step: int) -> tuple[torch.cuda.CUDAGraph, dict[str, Tensor]]:
        """Record a step, which does not take it."""
        assert self.tiles is not None
        for network in self.model.networks.values():
            network.zero_grad(set_to_none=True)  # gradients are to lie in the graph's own memory
        graph = torch.cuda.CUDAGraph()
        shared = next((other.pool() for other, _ in self.graphs.values()), None)
        recorder = torch.cuda.graph(graph, pool=shared, stream=self.side)
        with self.rates.on_the_device(), _no_garbage_collection(), recorder:
            losses = self.model.update(self.tiles, step)
        return graph, losses


class _Rates:
    """Learning rates as numbers on the device, where each step, recorded or not, reads them."""

    def __init__(self, model: Trainable) -> None:
        self.groups = [g for o in model.optimisers.values() for g in o.param_groups]
        devices = [group["params"][0].device for group in self.groups]
        self.tensors = [torch.zeros((), device=device) for device in devices]
        self.sent = [0.0] * len(self.groups)

    def send(self) -> None:
        """Send the rates that the loop has set, where they changed."""
        for k, group in enumerate(self.groups):
            if group["lr"] != self.sent[k]:
                self.sent[k] = group["lr"]
                self.tensors[k].fill_(group["lr"])

    @contextmanager
    def on_the_device(self) -> Iterator[None]:
        """Let optimisers read them; outside, and in saved states, they are plain numbers."""
        for tensor, group in zip(self.tensors, self.groups, strict=True):
            group.update(lr=tensor, capturable=True)
        try:
            yield
        finally:
            for rate, group in zip(self.sent, self.groups, strict=True):
                group.update(lr=rate, capturable=False)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    # An older graph that is freed while another is recorded would break the recording.
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
