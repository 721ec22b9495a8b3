"""A model folder, read as data: files from elsewhere can neither run code nor take memory that
their weights do not account for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import torch
from pydantic import BaseModel, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from cytoforge.config.training import config_class, model_names
from cytoforge.errors import UserError
from cytoforge.jobs.provenance import sha256_file

WEIGHTS, MODEL = "model.safetensors", "model.json"
# Appearance features are its bulk: 10 clusters of 3 numbers per code are 5 kB.
MAX_MODEL_BYTES = 10_000_000
Weights = dict[str, torch.Tensor]
Networks = TypeVar("Networks", bound=nn.Module)


class _ModelFile(BaseModel):
    """What a model is rebuilt from; the rest of model.json is only shown."""

    training: dict[str, Any]
    codes: list[dict[str, Any]]
    n_codes: int = Field(ge=0, le=256)  # 0 of models without label maps
    channels: list[str] = Field(min_length=1, max_length=1000)
    tile_px: int = Field(ge=16, le=4096)
    ranges: list[tuple[float, float, str]]
    dtype: Literal["uint8", "uint16", "float32"]
    pixel_size_um: Annotated[float, Field(gt=0)] | None
    weights_sha256: str


def read_model(folder: str | Path) -> tuple[dict[str, Any], Weights]:
    """Return model.json and the weights it names.

    Raises UserError for missing, damaged or oversized files, files of an earlier version, and
    weights that are not those model.json names.
    """
    weights, model = Path(folder) / WEIGHTS, Path(folder) / MODEL
    for path in (weights, model):
        if not path.is_file():
            raise UserError(
                where=str(path),
                expected=f"a model folder with {WEIGHTS} and {MODEL}",
                found="no such file",
                fix="train the model first, or copy both files together",
            )
    info = _read_info(model)
    found = sha256_file(weights)
    if found != info["weights_sha256"]:
        raise UserError(
            where=str(weights),
            expected=f"the weights named in model.json (sha256 {info['weights_sha256'][:12]}…)",
            found=f"sha256 {found[:12]}…",
            fix="copy both files of one model together, or delete the folder to train again",
        )
    try:
        return info, load_file(weights)
    except SafetensorError as error:
        raise UserError(
            str(weights), "tensors in safetensors' format", str(error), "copy the file again"
        ) from error


def rebuild_sampler(
    folder: str | Path,
    info: dict[str, Any],
    weights: Weights,
    build: Callable[[Any, int, int], Networks],
) -> Networks:
    """Return the trained networks that `read_model` describes, and how they make a sample.

    `build` is `build_sampler` of the model's `networks.py`, see `cytoforge.models.registry`.
    They are laid out without memory first (PyTorch's `meta` device) and compared with the weights,
    so that a model.json cannot ask for more than its weights fill. Raises UserError if they differ.
    """
    config = config_class(info["model"]).model_validate(info["training"])
    sizes = (info["n_codes"], len(info["channels"]))
    try:
        with torch.device("meta"):
            planned = build(config, *sizes).state_dict()
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise _mismatch(folder, str(error).splitlines()[0]) from error
    for name in sorted({*planned, *weights}):
        wanted = tuple(planned[name].shape) if name in planned else "none"
        found = tuple(weights[name].shape) if name in weights else "none"
        if wanted != found:
            raise _mismatch(folder, f"`{name}`: {found} in the weights, {wanted} in the model")
    sampler = build(config, *sizes)
    sampler.load_state_dict(weights)
    return sampler


def _read_info(path: Path) -> dict[str, Any]:
    if path.stat().st_size > MAX_MODEL_BYTES:
        raise _unusable(path, f"{path.stat().st_size:,} bytes")
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise _unusable(path, f"{type(error).__name__}: {error}") from error
    if not isinstance(info, dict):
        raise _unusable(path, f"{type(info).__name__} where a dict is needed")
    name = info.get("model")
    if not isinstance(name, str) or name not in model_names() or "condition" not in info:
        raise UserError(
            where=str(path),
            expected=f"a model of this version ({', '.join(model_names())})",
            found=f"model {name!r:.80}, keys {', '.join(info):.400}",
            fix="train the model again, or use the version of cytoforge it was trained with",
        )
    try:
        _ModelFile.model_validate(info)
        config_class(name).model_validate(info["training"])
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise _unusable(path, f"`{key}`: {first['msg']}") from error
    return info


def _unusable(path: Path, found: str) -> UserError:
    return UserError(
        where=str(path),
        expected="the description of a trained model, as training writes it",
        found=found,
        fix="copy the model folder again, or train the model again",
    )


def _mismatch(folder: str | Path, found: str) -> UserError:
    return UserError(
        where=str(folder),
        expected="weights of the network that model.json describes",
        found=found,
        fix="copy both files of one model together, or delete the folder to train again",
    )
