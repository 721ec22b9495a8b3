"""A stand-in for CUDA graphs on the CPU: operations are noted with their tensors and done again.

As a CUDA graph does it: recording takes no step; a replay runs the same operations on the same
memory, whatever Python would do by now.
"""

from contextlib import contextmanager, nullcontext

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class Tape(TorchDispatchMode):
    """What `torch.cuda.CUDAGraph` is to a GPU."""

    def __init__(self):
        super().__init__()
        self.noted = []
        self.before = []

    def __torch_dispatch__(self, operation, types, given=(), named=None):
        named = named or {}
        if operation in READS:
            raise RuntimeError(f"{operation} reads a value: a GPU would have to be waited for")
        self.before += [(tensor, tensor.clone()) for tensor in written(operation, given, named)]
        made = operation(*given, **named)
        self.noted.append((operation, given, named, made))
        return made

    @torch.no_grad()
    def undo(self):
        for tensor, value in reversed(self.before):
            tensor.copy_(value)

    @torch.no_grad()
    def replay(self):
        for operation, given, named, made in self.noted:
            again = operation(*given, **named)
            if all(result.alias_info is None for result in operation._schema.returns):
                for old, new in zip(flat(made), flat(again), strict=True):
                    old.copy_(new)

    def pool(self):
        return "the graph's memory"


READS = {torch.ops.aten._local_scalar_dense.default, torch.ops.aten.nonzero.default}


def written(operation, given, named):
    """Tensors an operation changes; batch norm's schema does not say that it does."""
    if operation is torch.ops.aten.native_batch_norm.default:
        return [tensor for tensor in given[3:5] if tensor is not None]
    found = []
    for argument, value in zip(operation._schema.arguments, given, strict=False):
        if argument.alias_info is not None and argument.alias_info.is_write:
            found += flat(value)
    if named.get("out") is not None:
        found += flat(named["out"])
    return found


def flat(made):
    return [t for t in (made if isinstance(made, list | tuple) else [made]) if torch.is_tensor(t)]


@contextmanager
def recording(tape, pool=None, stream=None):
    random = torch.get_rng_state()
    with tape:
        yield
    tape.undo()
    torch.set_rng_state(random)


class Stream:
    def wait_stream(self, other):
        pass


def stand_in(monkeypatch):
    """Let cytoforge.compute.recorded_steps record on the CPU."""
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Tape)
    monkeypatch.setattr(torch.cuda, "graph", recording)
    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", Stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
