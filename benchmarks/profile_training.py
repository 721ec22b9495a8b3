"""Where the time of a training goes: steps, data, validation, saving, reports.

    python -m benchmarks.profile_training [--model pix2pix] [--preset fast] [--steps 40]
                                          [--tile-px 128] [--trace trace.json]
                                          [--set key=value ...]

Trains on made-up tiles as a rule would, with two validations, and prints what each part took and
which fraction of a training it is with validations as rare as the preset has them. `--trace` writes
what torch.profiler saw of the last steps, for chrome://tracing or ui.perfetto.dev: on a GPU the
rows of the device show whether it ever waits for the next batch.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
import yaml
from torch.profiler import profile, record_function

from cytoforge.config.load import training_config
from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.models import ModelConfig
from cytoforge.models.oasis.model import Oasis
from cytoforge.models.pix2pix.model import Pix2Pix
from cytoforge.models.pix2pixhd.model import Pix2PixHD
from cytoforge.pretrained.lpips import validation_lpips
from cytoforge.training import loop, run
from cytoforge.training.assignment import Pretrained
from cytoforge.training.data import Batches, TrainingData
from cytoforge.training.logs import Reporter
from cytoforge.training.run import train

N_CODES = 8
TIMED: dict[str, tuple[Any, str]] = {  # part → where the function is looked up
    "data": (Batches, "__call__"),
    "validation": (loop, "validate"),
    "sample sheet": (loop, "make_sheet"),
    "saving": (run, "save_state"),
    "reports": (Reporter, "row"),
}
MODELS = (Pix2Pix, Pix2PixHD, Oasis)  # each has an `update` of its own: the step
EVERY_STEP = ("step", "data")


def made_up(tiles: int, val_tiles: int, side: int) -> TrainingData:
    """Return tiles of blocks of codes, with an image that shows them."""
    random = np.random.default_rng(0)
    blocks = random.integers(0, N_CODES, (tiles + val_tiles, side // 16, side // 16))
    labels = np.kron(blocks, np.ones((16, 16), int)).astype(np.uint8)
    images = (
        labels[:, None] / N_CODES + random.normal(0, 0.05, (len(labels), 1, side, side))
    ).clip(0, 1)
    images = images.astype(np.float32)
    cells = labels.astype(np.uint16)
    info = {
        "codes": [{"code": code, "name": str(code)} for code in range(N_CODES)],
        "channels": ["grey"],
        "tile_px": side,
        "dtype": "uint8",
        "ranges": [[0, 255, "fixed"]],
        "pixel_size_um": None,
        "training_images": ["made up"],
    }
    planes = {"images": images, "labels": labels, "instances": cells}
    return TrainingData(
        train={name: plane[:tiles] for name, plane in planes.items()},
        val={name: plane[tiles:] for name, plane in planes.items()},
        n_codes=N_CODES,
        colours=((0, 0, 0),) * N_CODES,
        info=info,
    )


@contextmanager
def timers(spent: Counter[str], calls: Counter[str], traced: bool) -> Iterator[None]:
    """Add up the seconds that each part takes, and mark it in the profiler's trace."""

    def timed(part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run_timed(*arguments: Any, **named: Any) -> Any:
            start = time.perf_counter()
            with record_function(part):
                made = work(*arguments, **named)
                if torch.cuda.is_available() and not traced:
                    torch.cuda.synchronize()  # or the device's time would be the next part's
            spent[part] += time.perf_counter() - start
            calls[part] += 1
            return made

        return run_timed

    with ExitStack() as stack:
        for model in MODELS:
            stack.enter_context(mock.patch.object(model, "update", timed("step", model.update)))
        for part, (owner, name) in TIMED.items():
            stack.enter_context(mock.patch.object(owner, name, timed(part, getattr(owner, name))))
        yield


def fractions(spent: Counter[str], calls: Counter[str], steps: int) -> dict[str, float]:
    """Return each part's fraction of the time between two validations `steps` apart."""
    interval = {
        part: spent[part] / calls[part] * (steps if part in EVERY_STEP else 1)
        for part in ("step", *TIMED)
        if calls[part]
    }
    interval["reports"] *= loop.ROWS_PER_VALIDATION
    total = sum(interval.values())
    return {part: seconds / total for part, seconds in interval.items()}


def arguments_given() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="pix2pix")
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--steps", type=int, default=40, help="between two validations")
    parser.add_argument("--tiles", type=int, default=200)
    parser.add_argument("--val-tiles", type=int, default=48)
    parser.add_argument("--tile-px", type=int, default=128)
    parser.add_argument("--trace", type=Path)
    parser.add_argument("--set", nargs="+", default=[], help="settings that overrule the preset's")
    return parser.parse_args()


def main() -> None:
    arguments = arguments_given()
    given = dict(one.split("=", 1) for one in arguments.set)
    overruled = {key: yaml.safe_load(value) for key, value in given.items()}
    chosen = ModelConfig(
        dataset="made_up", model=arguments.model, preset=arguments.preset, training=overruled
    )
    preset = training_config("profile", chosen)
    config = preset.model_copy(
        update={"steps": 2 * arguments.steps, "validate_every": arguments.steps, "minutes": None}
    )
    data = made_up(arguments.tiles, arguments.val_tiles, arguments.tile_px)
    found = validation_lpips(MetricsConfig())
    perceptual = found if callable(found) else None
    print("validation: L1", "and LPIPS" if perceptual else f"alone; LPIPS {found}")
    spent: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        timers(spent, calls, bool(arguments.trace)),
        ExitStack() as stack,
    ):
        seen = stack.enter_context(profile()) if arguments.trace else None
        train(
            data, config, arguments.model, f"{folder}/model", f"{folder}/state", seed=0,
            threads=config.cpu_threads,
            pretrained=Pretrained({"lpips": perceptual} if perceptual else {}),
        )  # fmt: skip
    if seen is not None:
        seen.export_chrome_trace(str(arguments.trace))
    print(f"{arguments.model} {arguments.preset}: {preset.validate_every} steps per validation")
    print("| part | ms each | fraction |\n|---|---|---|")
    for part, fraction in fractions(spent, calls, preset.validate_every).items():
        print(f"| {part} | {1e3 * spent[part] / calls[part]:.1f} | {fraction:.1%} |")


if __name__ == "__main__":
    main()
