"""A trained generator as a file that runs without this package, checked against it."""

import warnings
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from cytoforge.errors import UserError
from cytoforge.jobs.atomic import atomic_path, write_json
from cytoforge.jobs.provenance import sha256_file, versions
from cytoforge.models.sampler import LabelsToImage
from cytoforge.networks.condition import ConditionSpec, grain_planes
from cytoforge.networks.layers import prepare_inference
from cytoforge.synthesis.trained import TrainedModel, load_trained

Format = Literal["onnx", "torch_export"]
FILES: Mapping[Format, str] = {"onnx": "generator.onnx", "torch_export": "generator.pt2"}
TOLERANCE = 1e-3  # of a range of 1, fp32: rounding in another order, through some twenty layers


class ExportedGenerator(nn.Module):
    """Label tiles in, images in [0, 1] out; instances and what is drawn as a model needs it."""

    def __init__(self, model: TrainedModel) -> None:
        super().__init__()
        self.sampler = prepare_inference(model.sampler, "running")

    def forward(
        self,
        labels: Tensor,
        instances: Tensor | None = None,
        noise: Tensor | None = None,
        features: Tensor | None = None,
        grain: Tensor | None = None,
        neighbours: Tensor | None = None,
    ) -> Tensor:
        given = {
            "labels": labels,
            "instances": instances,
            "noise": noise,
            "features": features,
            "grain": grain,
            "neighbours": neighbours,
        }
        present = {name: tensor for name, tensor in given.items() if tensor is not None}
        image: Tensor = self.sampler(present, present)  # (B, C, T, T) in [-1, 1]
        return ((image + 1) / 2).clamp(0, 1)


def export_generator(
    model_folder: str | Path, output: str | Path, formats: tuple[Format, ...]
) -> dict[str, Any]:
    """Write generator.onnx (ONNX), generator.pt2 (torch.export) and export.json; return the last.

    The number of tiles is free, their size is that of training. Each file is run on tiles it was
    not traced with and compared with the generator itself; export.json has the largest difference.

    Raises
    ------
    UserError : a file's images differ from the generator's by more than 0.001 of their range
    """
    output = Path(output)
    model = load_trained(model_folder)
    module = ExportedGenerator(model).eval()
    traced, checked = (example_inputs(model, n, seed) for n, seed in ((2, 0), (3, 1)))
    batch = torch.export.Dim("tiles")
    dynamic = {name: {0: batch} for name in traced}
    output.mkdir(parents=True, exist_ok=True)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporters' own, about their own insides
        expected = module(**checked).numpy()
        program = torch.export.export(module, (), kwargs=traced, dynamic_shapes=dynamic)
        found: dict[str, Any] = {}
        for name in formats:
            path = output / FILES[name]
            made = _write(program, path, name, checked)
            found[name] = _compared(path, made, expected)
    facts = {
        "model": model.info["model"],
        "weights_sha256": model.info["weights_sha256"],
        "inputs": {name: _described(tensor) for name, tensor in traced.items()},
        "output": ["tiles", *expected.shape[1:]],
        "codes": {str(code.code): code.name for code in model.codes},
        "condition": asdict(_spec(model)),
        "files": found,
        "versions": versions(),
    }
    write_json(output / "export.json", facts)
    return facts


def example_inputs(model: TrainedModel, tiles: int, seed: int) -> dict[str, Tensor]:
    """Return random label tiles and what else the model needs, by the name of the argument."""
    random = torch.Generator().manual_seed(seed)
    side, spec = int(model.info["tile_px"]), _spec(model)
    labels = torch.randint(0, spec.n_codes, (tiles, side, side), generator=random)
    inputs = {"labels": labels.to(torch.uint8)}
    if spec.neighbours:
        size = (tiles, 2 * spec.neighbours, side, side)
        around = torch.randint(0, spec.n_codes, size, generator=random)
        inputs["neighbours"] = around.to(torch.uint8)
    if spec.edges:
        cells = torch.randint(0, 3, (tiles, side, side), generator=random)
        inputs["instances"] = cells.to(torch.int32)
    if spec.noise:
        inputs["noise"] = torch.randn(tiles, spec.noise, generator=random)
    if spec.features:
        inputs["features"] = torch.randn(tiles, spec.features, side, side, generator=random)
    if spec.grain:
        inputs["grain"] = grain_planes(tiles, spec.grain, (side, side), random)
    return inputs


def _spec(model: TrainedModel) -> ConditionSpec:
    """Return the channels that the generator sees; only models of images are exported."""
    assert isinstance(model.sampler, LabelsToImage)
    return model.sampler.spec


def _write(
    program: torch.export.ExportedProgram, path: Path, name: Format, inputs: dict[str, Tensor]
) -> np.ndarray:
    """Write one file, read it again and return what it makes of `inputs`."""
    if name == "torch_export":
        with atomic_path(path) as temporary:
            torch.export.save(program, temporary)
        made: np.ndarray = torch.export.load(path).module()(**inputs).numpy()
        return made
    import onnxruntime  # heavy (0.3 s), and needed for this format alone

    exported = torch.onnx.export(program, dynamo=True, verbose=False)
    assert exported is not None
    with atomic_path(path) as temporary:
        exported.save(temporary, external_data=False)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    fed = {entry.name: inputs[entry.name].numpy() for entry in session.get_inputs()}
    return np.asarray(session.run(None, fed)[0])


def _compared(path: Path, made: np.ndarray, expected: np.ndarray) -> dict[str, Any]:
    difference = float(np.abs(made - expected).max())
    if not difference <= TOLERANCE:  # NaN is above every tolerance
        raise UserError(
            where=str(path),
            expected=f"the generator's own images within {TOLERANCE:g}",
            found=f"a difference of {difference:.3g}",
            fix="do not use this file; the exporter does not know one of the model's layers",
        )
    return {
        "file": path.name,
        "sha256": sha256_file(path),
        "bytes": path.stat().st_size,
        "largest_difference": difference,
    }


def _described(tensor: Tensor) -> dict[str, Any]:
    shape = ["tiles", *tensor.shape[1:]]
    return {"shape": shape, "dtype": str(tensor.dtype).removeprefix("torch.")}
