"""Training that goes on from another model's folder, with chosen layers held still.

Read without torch: a config asks which files there are.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cytoforge.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor, nn

KEPT, OTHERS = "model.safetensors", "discriminators.safetensors"
"""Files of a model folder: the networks that are kept, and those that taught them."""


def initial_files(folder: str | None) -> dict[str, Path]:
    """Return the weights in a folder by what they are; nothing for None."""
    if folder is None:
        return {}
    found = {"initial": Path(folder) / KEPT, "initial_discriminators": Path(folder) / OTHERS}
    if not found["initial"].is_file():
        raise UserError(
            where=f"models.*.training.initial: {folder}",
            expected=f"the folder of a trained model, with {KEPT} and model.json",
            found="no such file",
            fix="correct the path; it is relative to the working directory",
        )
    return {name: path for name, path in found.items() if path.is_file()}


def begin_from(folder: str, networks: Mapping[str, "nn.Module"], kept: Sequence[str]) -> None:
    """Take the weights of a model folder into networks of the same layers.

    kept : names of the networks that model.safetensors holds; the others are taken from
        discriminators.safetensors where that is there, and stay random otherwise

    Raises UserError where a network has other layers, which it names.
    """
    from safetensors.torch import load_file

    from cytoforge.pretrained.model_files import read_model

    files = initial_files(folder)
    _, weights = read_model(folder)
    _load(folder, weights, {name: networks[name] for name in kept})
    if "initial_discriminators" in files:
        others = {name: net for name, net in networks.items() if name not in kept}
        _load(folder, load_file(files["initial_discriminators"]), others)


def _load(
    folder: str, weights: Mapping[str, "Tensor"], networks: Mapping[str, "nn.Module"]
) -> None:
    wanted = {f"{net}.{n}": w for net, module in networks.items() for n, w in _state(module)}
    for name in sorted({*wanted, *weights}):
        shapes = [tuple(w[name].shape) if name in w else "none" for w in (weights, wanted)]
        if shapes[0] != shapes[1]:
            raise UserError(
                where=f"models.*.training.initial: {folder}",
                expected="weights of the same networks as this model's",
                found=f"`{name}`: {shapes[0]} there, {shapes[1]} in this model",
                fix="give both models the same generator, filters, layers and channels",
            )
    for name, module in networks.items():
        own = {n: weights[f"{name}.{n}"] for n, _ in _state(module)}
        module.load_state_dict(own)


def _state(module: "nn.Module") -> list[tuple[str, "Tensor"]]:
    return list(module.state_dict().items())


def hold(networks: Mapping[str, "nn.Module"], layers: Sequence[str]) -> None:
    """Hold layers still: their weights get no gradients, and optimisers pass them over.

    layers : a network, or all of a kind (`generator`), and the path of a layer in it; its last
        number may be a range, both ends included: `generator.blocks.0-6`

    Raises UserError for a layer that no network has, and where nothing would be left to learn.
    """
    for layer in layers:
        kind, _, path = layer.partition(".")
        found = [
            weight
            for name, network in networks.items()
            if kind in (name, name.rsplit("_", 1)[0])
            for place, weight in network.named_parameters()
            if any(f"{place}.".startswith(start) for start in _starts(path))
        ]
        if not found:
            known = sorted(f"{n}.{part}" for n, net in networks.items() for part in _parts(net))
            raise UserError(
                where="models.*.training.freeze",
                expected=f"layers of this model (there: {', '.join(known)})",
                found=repr(layer),
                fix="name one of these, or one further down, e.g. `generator.blocks.0-6`",
            )
        for weight in found:
            weight.requires_grad_(False)
    for kind in ("generator", "discriminator"):
        weights = [w for n, net in networks.items() if n.startswith(kind) for w in net.parameters()]
        if not any(weight.requires_grad for weight in weights):
            raise UserError(
                where="models.*.training.freeze",
                expected=f"at least one layer of a {kind} that learns",
                found=", ".join(layers),
                fix=f"leave a layer of a {kind} out",
            )


def _starts(path: str) -> list[str]:
    """Return how the names of a layer's weights begin.

    >>> _starts("stem"), _starts("blocks.1-2"), _starts("")
    (['stem.'], ['blocks.1.', 'blocks.2.'], [''])
    """
    head, _, last = path.rpartition(".")
    first, dash, end = last.partition("-")
    if dash and first.isdigit() and end.isdigit():
        return [f"{head}.{k}.".lstrip(".") for k in range(int(first), int(end) + 1)]
    return [f"{path}." if path else ""]


def _parts(network: "nn.Module") -> list[str]:
    return [
        name for name, child in network.named_children() if any(True for _ in child.parameters())
    ]
