"""A trained network as one file: weights in half precision, and what is needed to use it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from cytoforge.errors import UserError
from cytoforge.jobs.atomic import atomic_path
from cytoforge.segmentation.learned.inputs import INPUTS
from cytoforge.segmentation.learned.maps import Decoding
from cytoforge.segmentation.learned.network import InstanceNetwork, InstanceUNet
from cytoforge.segmentation.learned.shipped import network_path, shipped_names


@dataclass(frozen=True)
class TrainedNetwork:
    """A network and how it is used.

    Attributes
    ----------
    kind : which input it sees, see `INPUTS`
    scale : pixels are resized by this before the network sees them, where nothing else is known
    diameter_px : typical object of training, after resizing
    pixel_size_um : of training, after resizing; None where it was not known
    card : what the model card tells: data, licences, split, scores
    """

    network: InstanceNetwork
    kind: str
    scale: float
    diameter_px: float
    pixel_size_um: float | None = None
    decoding: Decoding = field(default_factory=Decoding)
    card: Mapping[str, Any] = field(default_factory=dict)


def save_network(trained: TrainedNetwork, path: Path) -> None:
    """Write weights as float16 and all else as JSON in the file's metadata."""
    state = trained.network.state_dict()
    half = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in state.items()
    }
    described = {
        "kind": trained.kind,
        "widths": trained.network.widths,
        "in_channels": trained.network.in_channels,
        "scale": trained.scale,
        "diameter_px": trained.diameter_px,
        "pixel_size_um": trained.pixel_size_um,
        "decoding": asdict(trained.decoding),
        "card": dict(trained.card),
    }
    with atomic_path(path) as part:
        part.write_bytes(save(half, {"cytoforge": json.dumps(described, sort_keys=True)}))


def load_network(name: str, key: str) -> TrainedNetwork:
    """Return the network of a file, or the shipped one of that name, ready to be used.

    Parameters
    ----------
    name : a name in resources/networks, or the path of a file that `save_network` wrote
    key : the config key that names it, for messages

    Raises
    ------
    UserError : no such file, or none of this kind
    """
    path = network_path(name)
    try:
        with safe_open(path, "pt") as file:
            described = json.loads(file.metadata()["cytoforge"])
            state = {part: file.get_tensor(part) for part in file.keys()}  # noqa: SIM118
        network = InstanceUNet(int(described["in_channels"]), described["widths"])
        network.load_state_dict(
            {part: v.float() if v.dtype == torch.float16 else v for part, v in state.items()}
        )
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(
            where=f"{key}: {name}",
            expected=f"one of {', '.join(shipped_names()) or 'the shipped networks'}, or a file"
            " that `python -m cytoforge.segmentation.learned` wrote",
            found=f"{path}: {str(error).splitlines()[0]}",
            fix=f"correct `{key}`, or set it to null: then no network is used",
        ) from None
    if described["kind"] not in INPUTS:
        raise UserError(
            where=f"{key}: {name}",
            expected=f"a network that sees {' or '.join(INPUTS)}",
            found=f"one that sees {described['kind']!r}",
        )
    return TrainedNetwork(
        network.eval().requires_grad_(False),
        described["kind"],
        float(described["scale"]),
        float(described["diameter_px"]),
        described["pixel_size_um"],
        Decoding(**described["decoding"]),
        described["card"],
    )
