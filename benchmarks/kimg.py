"""How many thousand maps a minute a StyleGAN is trained by here, beside a plain one.

    python -m benchmarks.kimg [--preset fast] [--models stylegan2 …] [--batch 8] [--threads 1]

The textbook (benchmarks/textbook/stylegan2.py) is plain eager fp32, of the same networks. It is
compared with StyleGAN2 alone; StyleGAN3 has none. A round is a whole cycle of lazy regularisation
(16 steps), in turns with the others; medians of rounds are given. Drawing and softening of real
maps counts, as in training; reading tiles and validation do not.
"""

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path

import torch
import yaml
from torch import Tensor

from benchmarks.machine import seconds, set_up
from benchmarks.textbook.stylegan2 import TextbookStyleGan2
from cytoforge.compute.devices import has_bf16
from cytoforge.compute.step_execution import accelerate
from cytoforge.compute.steps import Batch
from cytoforge.config.training import config_class
from cytoforge.models.model import ModelSetup
from cytoforge.models.registry import build_model
from cytoforge.models.stylegan_config import StyleGanTraining, side_of
from cytoforge.models.stylegan_model import StyleGanModel

PRESETS = Path(__file__).parents[1] / "config" / "presets"
MODELS = ("stylegan2", "stylegan3_t", "stylegan3_r")
N_CODES, TILE_PX, CYCLE = 8, 128, 16


def settings(model: str, preset: str, batch: int, **overrules: object) -> StyleGanTraining:
    """Return the settings of a preset, at another batch and without its length."""
    raw = yaml.safe_load((PRESETS / model / f"{preset}.yaml").read_text(encoding="utf-8"))
    raw |= {"kimg": None, "snapshot_kimg": None, "batch_size": batch, **overrules}
    found = config_class(model).model_validate(raw)
    assert isinstance(found, StyleGanTraining)
    return found.for_tiles(TILE_PX)


def tiles(size: int, device: torch.device) -> Batch:
    """Return made-up tiles on the device."""
    random = torch.Generator().manual_seed(0)
    blocks = torch.randint(0, N_CODES, (size, TILE_PX // 8, TILE_PX // 8), generator=random)
    labels = blocks.repeat_interleave(8, 1).repeat_interleave(8, 2).byte()
    planes = {"labels": labels, "distances": (labels > 1).float() * 2 - 1}
    return Batch({name: plane.to(device) for name, plane in planes.items()})


def ours(
    model: str, config: StyleGanTraining, device: torch.device, precision: str
) -> Callable[[], object]:
    """Return a call that takes a cycle of steps."""
    setup = ModelSetup(config, N_CODES, 1, 0, device, precision, total_steps=100_000)
    trained, batch = build_model(model, setup), tiles(config.batch_size, device)
    throwaway = (build_model(model, setup), batch)
    update, _, line = accelerate(
        trained, lambda: throwaway, device, CYCLE * 100, compile=config.compile
    )
    print(f"{model}, {precision}: {line}")
    # Past a blur that fades, where every step is another one.
    first = CYCLE * 100_000
    return lambda: [update(trained.draw(batch), first + k) for k in range(CYCLE)]


def textbook(config: StyleGanTraining, device: torch.device) -> Callable[[], object]:
    """Return a call that takes a cycle of the textbook's steps, on maps made as for ours."""
    plain = without_extras(config)
    model = build_model("stylegan2", ModelSetup(plain, N_CODES, 1, 0, device))
    assert isinstance(model, StyleGanModel)
    book = TextbookStyleGan2(
        model.drawer.out_channels,
        side_of(config),
        squash=model.drawer.format.squashed,
        styles=config.latent_channels,
        layers=config.mapping_layers,
        base=config.channel_base,
        most=config.channel_max,
        group=config.stddev_group,
        gamma=config.r1_gamma or 1,
        path_weight=config.path_weight,
        device=str(device),
    )
    batch, size = tiles(config.batch_size, device), config.batch_size
    numbers = model.drawer.draws["layer_noise"]

    def drawn(width: int) -> list[Tensor]:
        return [torch.randn(size, width, device=device) for _ in range(3)]

    def cycle() -> None:
        for step in range(CYCLE):
            real = model.draw(batch)["maps"]
            book.step(real, drawn(config.latent_channels), drawn(numbers), step)

    return cycle


def without_extras(config: StyleGanTraining) -> StyleGanTraining:
    """Return settings whose draws are few: the textbook draws for itself."""
    return config.model_copy(update={"mixing": 0.0, "ada_kimg": 0.0})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", choices=MODELS, default=["stylegan2"])
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--size-px", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    device = torch.device(given.device)
    precisions = ["fp32", "bf16"] if device.type == "cuda" or has_bf16(device) else ["fp32"]
    rows: list[tuple[str, bool, Callable[[], object]]] = []
    for name in given.models:
        config = settings(name, given.preset, given.batch, size_px=given.size_px)
        if name == "stylegan2":
            rows.append(("stylegan2, textbook", False, textbook(config, device)))
        rows += [(f"{name}, {p}", True, ours(name, config, device, p)) for p in precisions]
    times: list[list[float]] = [[] for _ in rows]
    for k in range(given.rounds + 1):
        for (_, mine, cycle), found in zip(rows, times, strict=True):
            set_up(mine)
            taken = seconds(cycle, device)
            found += [taken] if k else []  # the first round warms up
    print(f"\n| {given.preset}, {given.size_px} px, batch {given.batch} | kimg/min | ratio |")
    print("|---|---|---|")
    medians = [statistics.median(found) for found in times]
    for (name, *_), median in zip(rows, medians, strict=True):
        ratio = f"{medians[0] / median:.2f}" if name.startswith("stylegan2") else "–"
        print(f"| {name} | {CYCLE * given.batch / median * 60 / 1000:.3f} | {ratio} |")


if __name__ == "__main__":
    main()
