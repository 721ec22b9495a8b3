"""Synthesise whole fields of view by ours and by the textbook's loop over single tiles.

    python -m benchmarks.inference [--height 1536] [--width 2048] [--threads 2] [--quick]

The textbook takes one tile after the other through its own plain fp32 network (benchmarks/textbook)
with the same weights and sets them side by side. Ours overlaps and blends tiles as the config asks
(`--overlap 0` makes as many as the textbook), with everything counted: making the network ready,
compiling it where that is chosen, blending. Both run in turns in one process; ratios are of seconds
per tile. The peak memory is measured in a process of its own, for this field and for one twice as
high: what it grows by is the field itself, in and out. Differences are an untrained network's;
those of trained ones are in cytoforge/synthesis/inference.py.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.machine import fresh_heap, peak_megabytes, warm_heap
from benchmarks.textbook.pix2pix import UNet, copy_weights
from cytoforge.config.models import SynthesisConfig
from cytoforge.models.pix2pix.config import Pix2PixConfig
from cytoforge.models.pix2pix.networks import build_sampler
from cytoforge.synthesis.execution import accelerate, count_tiles
from cytoforge.synthesis.trained import TrainedModel

N_CODES, TILE_PX = 8, 256


def label_map(height: int, width: int) -> np.ndarray:
    """Return a made-up field of codes, uint8 (H, W)."""
    random = np.random.default_rng(0)
    blocks = random.integers(0, N_CODES, (height // 16 + 1, width // 16 + 1), dtype=np.uint8)
    return blocks.repeat(16, 0).repeat(16, 1)[:height, :width]


def generator() -> TrainedModel:
    """Return pix2pix's unet_256 with weights and statistics as if it had been trained a little."""
    torch.manual_seed(0)
    config = Pix2PixConfig()
    sampler = build_sampler(config, N_CODES, 1).eval()
    for layer in sampler.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(layer.running_mean, 0, 0.1)
            torch.nn.init.uniform_(layer.running_var, 0.5, 1.5)
    info = {"n_codes": N_CODES, "channels": ["grey"], "tile_px": TILE_PX}
    return TrainedModel(sampler, info, config, (), torch.device("cpu"))


def textbook_network(trained: TrainedModel) -> UNet:
    """Return the same generator without anything of the package."""
    book = UNet(trained.sampler.in_channels, 1, 8, 64, "batch", True).eval()
    copy_weights(trained.sampler.generator, book)
    return book


@torch.inference_mode()
def textbook(book: UNet, field: np.ndarray) -> np.ndarray:
    """Generate tiles one by one, side by side; what they do not reach stays 0."""
    image = np.zeros(field.shape, np.float32)
    for row in range(0, field.shape[0] - TILE_PX + 1, TILE_PX):
        for col in range(0, field.shape[1] - TILE_PX + 1, TILE_PX):
            here = slice(row, row + TILE_PX), slice(col, col + TILE_PX)
            labels = torch.from_numpy(field[here]).long()
            x = F.one_hot(labels, N_CODES).permute(2, 0, 1)[None].float()  # (1, K, T, T)
            image[here] = (book(x)[0, 0].numpy() + 1) / 2
    return image


def ours(trained: TrainedModel, field: np.ndarray, config: SynthesisConfig) -> np.ndarray:
    """Synthesise as the workflow does, from the network as it was loaded."""
    n_tiles = count_tiles([(field.shape[0], field.shape[1])], TILE_PX, config.overlap)
    fast, _ = accelerate(trained, config, n_tiles)
    return fast.field(field, config=config)


def synthesise_once(
    height: int, width: int, config: SynthesisConfig, threads: int, generate: bool = True
) -> None:
    """Synthesise one field with ours, for its memory."""
    torch.set_num_threads(threads)
    warm_heap()
    trained, field = generator(), label_map(height, width)
    if generate:
        ours(trained, field, config)


def timed(work: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """Return seconds and the image."""
    start = time.perf_counter()
    image = work()
    return time.perf_counter() - start, image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--height", type=int, default=1536)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--overlap", type=float, default=0.5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--modes", nargs="+", default=["exact", "auto", "fast"])
    parser.add_argument("--quick", action="store_true", help="768 × 1024 px, one round")
    arguments = parser.parse_args()
    height, width, rounds = arguments.height, arguments.width, arguments.rounds
    if arguments.quick:
        height, width, rounds = 768, 1024, 1
    torch.set_num_threads(arguments.threads)
    trained, field = generator(), label_map(height, width)
    tiles_ours = count_tiles([(height, width)], TILE_PX, arguments.overlap)
    tiles_book = (height // TILE_PX) * (width // TILE_PX)
    configs = {
        mode: SynthesisConfig(inference=mode, overlap=arguments.overlap) for mode in arguments.modes
    }
    times, images = synthesise_in_turns(trained, field, configs, rounds, tiles_book, tiles_ours)
    print(f"{height} × {width} px, {arguments.threads} threads, {tiles_ours} tiles")
    print_table(times, images)
    config = SynthesisConfig(overlap=arguments.overlap)
    for rows in (height, 2 * height):
        peak, _ = peak_megabytes(synthesise_once, rows, width, config, arguments.threads)
        before, _ = peak_megabytes(synthesise_once, rows, width, config, arguments.threads, False)
        print(f"{rows} × {width} px: {peak:.0f} MB, {peak - before:.0f} of them for synthesis")


def synthesise_in_turns(
    trained: TrainedModel,
    field: np.ndarray,
    configs: dict[str, SynthesisConfig],
    rounds: int,
    tiles_book: int,
    tiles_ours: int,
) -> tuple[dict[str, list[float]], dict[str, np.ndarray]]:
    """Return seconds per tile, turn by turn, and the last image of each mode of ours."""
    times: dict[str, list[float]] = {name: [] for name in ["textbook", *configs]}
    images: dict[str, np.ndarray] = {}
    book = textbook_network(trained)
    for _ in range(rounds):
        fresh_heap()
        times["textbook"].append(timed(lambda: textbook(book, field))[0] / tiles_book)
        warm_heap()
        for mode, config in configs.items():
            taken, images[mode] = timed(lambda config=config: ours(trained, field, config))
            times[mode].append(taken / tiles_ours)
    return times, images


def print_table(times: dict[str, list[float]], images: dict[str, np.ndarray]) -> None:
    """Print medians, their ratio to the textbook's and the distance from exact arithmetic."""
    base = float(np.median(times["textbook"]))
    print("| mode | ms per tile | ratio | difference from fp32, mean / most |\n|---|---|---|---|")
    for name, found in times.items():
        median = float(np.median(found))
        difference = ""
        if name in images and "exact" in images:
            off = np.abs(images[name] - images["exact"])
            difference = f"{off.mean():.4f} / {off.max():.4f}"
        print(f"| {name} | {median * 1e3:.1f} | {base / median:.2f} | {difference} |")


if __name__ == "__main__":
    main()
