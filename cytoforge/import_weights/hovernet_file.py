"""Weights of the public PyTorch HoVer-Net (vqdang/hover_net) as a model folder."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from cytoforge.config.images import MAX_PIXEL_UM
from cytoforge.errors import UserError
from cytoforge.jobs.atomic import write_json
from cytoforge.jobs.provenance import sha256_file, versions
from cytoforge.models.hovernet.config import HoVerNetConfig
from cytoforge.models.hovernet.decoding import HoVerDecoding
from cytoforge.networks.hovernet import HoVerNet, Mode
from cytoforge.training.model_folder import write_weights

WINDOW_PX: Mapping[str, int] = {"fast": 256, "original": 270}
MOST_TYPES = 256
LISTED = 8  # weights that a message names
PREFIX = "module."


def import_hovernet(
    file: str | Path,
    folder: str | Path,
    mode: Mode = "fast",
    n_types: int = 0,
    names: Sequence[str] = (),
    pixel_size_um: float = 0.25,
) -> int:
    """Write the model folder and return how many parameters the network has.

    Parameters
    ----------
    file : `{"desc": weights, …}` or the weights; names may begin with `module.`
    n_types : classes, the ground among them; 0: no decoder of types
    names : of the types behind the ground; empty: `type 1`, `type 2` …

    Raises
    ------
    UserError : a file that holds more than tensors and plain values, or other weights than the
        network's, each with its shape
    """
    codes = _codes(n_types, names)
    given = _without_prefix(str(file), _read(Path(file)))
    with torch.device("meta"):
        network = HoVerNet(3, n_types, mode)
    _check(str(file), network.state_dict(), given, mode, n_types)
    weights = {f"network.{name}": value.clone() for name, value in given.items()}
    config = HoVerNetConfig(
        mode=mode, types=n_types > 0, sees="colours", window_px=WINDOW_PX[mode], other_labs=False
    )
    described = _described(file, config, codes, pixel_size_um)
    digest = write_weights(Path(folder), weights)
    write_json(Path(folder) / "model.json", {**described, "weights_sha256": digest})
    return sum(weight.numel() for weight in network.parameters())


def _read(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file by name; nothing else in it is made into an object."""
    expected = "weights as the public PyTorch HoVer-Net saves them: tensors by name, or `desc`"
    if not path.is_file():
        raise UserError(str(path), expected, "no such file", "correct the path")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # of bytes that are no such file torch raises anything
        # Its own text would advise to open what may run a program.
        found = "an empty file" if not path.stat().st_size else f"{type(error).__name__} in it"
        fix = "give the file of weights, whole; one that holds other objects is not opened"
        raise UserError(str(path), expected, found, fix) from None
    found = content.get("desc", content) if isinstance(content, Mapping) else content
    if not isinstance(found, Mapping) or not all(isinstance(v, Tensor) for v in found.values()):
        raise UserError(str(path), expected, type(content).__name__, "give the file of weights")
    return {str(name): cast(Tensor, value) for name, value in found.items()}


def _without_prefix(where: str, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    names = {name.removeprefix(PREFIX) for name in weights}
    if twice := [name for name in sorted(names) if {name, PREFIX + name} <= weights.keys()]:
        raise UserError(where, "each weight once", f"with and without `{PREFIX}`: {twice[0]}")
    return {name.removeprefix(PREFIX): value for name, value in weights.items()}


def _check(
    where: str, wanted: Mapping[str, Tensor], given: Mapping[str, Tensor], mode: str, n_types: int
) -> None:
    """Refuse other names, shapes or kinds of numbers; UserError names them."""
    wrong = [f"`{name}`: missing" for name in wanted if name not in given]
    wrong += [f"`{name}`: not in the network" for name in given if name not in wanted]
    wrong += [
        f"`{name}`: {_shape(given[name])}, the network has {_shape(wanted[name])}"
        for name in wanted
        if name in given and given[name].shape != wanted[name].shape
    ]
    wrong += [
        f"`{name}`: {given[name].dtype}"
        for name in wanted
        if name in given and given[name].is_floating_point() != wanted[name].is_floating_point()
    ]
    wrong += [f"`{name}`: {lack}" for name, one in given.items() if (lack := _no_values(one))]
    if not wrong:
        return
    more = f", and {len(wrong) - LISTED} more" if len(wrong) > LISTED else ""
    raise UserError(
        where,
        expected=f"the {len(wanted)} weights of HoVer-Net, mode {mode}, {n_types} types",
        found="; ".join(wrong[:LISTED]) + more,
        fix=_advice(given, mode, n_types),
    )


def _no_values(weight: Tensor) -> str:
    """Return what keeps a tensor from being weights; "" where nothing does."""
    if weight.layout != torch.strided or weight.device.type == "meta":
        return f"a tensor without values of its own ({weight.layout}, {weight.device})"
    finite = not weight.is_floating_point() or bool(weight.isfinite().all())
    return "" if finite else "values that are NaN or infinite"


def _advice(given: Mapping[str, Tensor], mode: str, n_types: int) -> str:
    """Return which options the file's own shapes ask for."""
    kernel, head = (given.get(f"decoder.{name}.weight") for name in ("np.u3.conva", "tp.u0.conv"))
    parts = []
    if kernel is not None and kernel.ndim == 4:
        own = {3: "fast", 5: "original"}.get(kernel.shape[-1])
        parts += [f"--mode {own}"] if own and own != mode else []
    own_types = 0 if head is None else len(head)
    parts += [f"--types {own_types}"] if kernel is not None and own_types != n_types else []
    return f"its own shapes ask for {' '.join(parts)}" if parts else "give another file"


def _shape(weight: Tensor) -> str:
    return " × ".join(map(str, weight.shape)) or "one number"


def _codes(n_types: int, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the code table of the types."""
    if not 0 <= n_types <= MOST_TYPES or n_types == 1 or (names and len(names) != n_types - 1):
        raise UserError(
            "--types, --names",
            f"0, or 2 to {MOST_TYPES} types, the ground among them, and a name for each of the"
            " others",
            f"{n_types} types, {len(names)} names",
        )
    known = names or [f"type {number}" for number in range(1, n_types)]
    listed = ["ground", *known] if n_types else ["ground", "nucleus"]
    return [{"code": code, "name": name} for code, name in enumerate(listed)]


def _described(
    file: str | Path, config: HoVerNetConfig, codes: list[dict[str, Any]], pixel_size_um: float
) -> dict[str, Any]:
    """Return model.json but for the checksum of the weights."""
    if not 0 < pixel_size_um <= MAX_PIXEL_UM:
        raise UserError("--pixel-size-um", "micrometres per pixel", str(pixel_size_um))
    return {
        "model": "hovernet",
        "training": config.model_dump(mode="json"),
        "codes": codes,
        "n_codes": len(codes),
        "channels": ["red", "green", "blue"],
        "tile_px": config.window_px,
        "ranges": [[0.0, 255.0, "none"]] * 3,
        "dtype": "uint8",
        "pixel_size_um": pixel_size_um,
        "condition": {"channels": 3, "draws": []},
        "decoding": asdict(HoVerDecoding()),
        "diameter_px": None,
        "imported_from": {"file": Path(file).name, "sha256": sha256_file(Path(file))},
        "versions": versions(),
    }
