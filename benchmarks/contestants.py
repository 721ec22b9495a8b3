"""Each model's training step, ours and the textbook's, at the published size."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.textbook.cut import TextbookCut
from benchmarks.textbook.cyclegan import TextbookCycleGan
from benchmarks.textbook.oasis import TextbookOasis
from benchmarks.textbook.pix2pix import TextbookPix2Pix
from benchmarks.textbook.pix2pixhd import TextbookPix2PixHD
from cytoforge.compute.step_execution import accelerate
from cytoforge.compute.steps import Batch
from cytoforge.config.training import config_class
from cytoforge.models.model import ModelSetup
from cytoforge.models.registry import build_model
from cytoforge.networks.condition import instance_edges

N_CODES, CHANNELS, SIDE = 8, 1, 256
TRANSLATORS, COLOURS = ("cyclegan", "cut"), 3
# A loss both would compute by the same VGG, left out of both.
SETTINGS: dict[str, dict[str, object]] = {
    "pix2pix": {},
    "pix2pixhd": {"lambda_vgg": 0, "select_by": "last"},
    "oasis": {},
    "cyclegan": {},
    "cut": {},
}


@dataclass(frozen=True)
class Contestant:
    """One execution mode of the training step of one model at one batch size."""

    model: str
    batch_size: int
    device: str = "cpu"
    ours: bool = True
    precision: str = "fp32"
    channels_last: bool = False
    compile: Literal["off", "auto", "on"] = "off"
    """`auto` records a CUDA graph where there is a GPU; `on` compiles the networks as well."""

    @property
    def name(self) -> str:
        """Its name in the table."""
        if not self.ours:
            return "textbook"
        modes = {"off": [], "auto": ["CUDA graph"], "on": ["compiled"]}
        layout = ["channels last"] if self.channels_last else []
        return ", ".join([f"ours {self.precision}", *layout, *modes[self.compile]])

    def step(self) -> Callable[[], object]:
        """Build networks and tiles; return a call that takes one step."""
        return _ours(self) if self.ours else _textbook(self)


def tiles(size: int, device: str) -> Batch:
    """Return made-up tiles on the device."""
    random = torch.Generator().manual_seed(0)

    def blocks(values: int) -> Tensor:
        found = torch.randint(0, values, (size, SIDE // 16, SIDE // 16), generator=random)
        return found.repeat_interleave(16, 1).repeat_interleave(16, 2).to(device)

    real = torch.rand(size, CHANNELS, SIDE, SIDE, generator=random) * 2 - 1
    maps = {"labels": blocks(N_CODES).byte(), "instances": blocks(100).int()}
    return Batch({**maps, "images": real.to(device)})


def domains(size: int, device: str) -> Batch:
    """Return made-up tiles of two domains, of red, green and blue."""
    random = torch.Generator().manual_seed(0)
    shape = (2, size, COLOURS, SIDE, SIDE)
    a, b = (torch.rand(shape, generator=random) * 2 - 1).to(device)
    return Batch({"images_a": a, "images_b": b})


def _tiles_of(which: Contestant) -> Batch:
    make = domains if which.model in TRANSLATORS else tiles
    return make(which.batch_size, which.device)


def _ours(which: Contestant) -> Callable[[], object]:
    config = config_class(which.model)(
        **SETTINGS[which.model],  # type: ignore[arg-type]
        batch_size=which.batch_size,
        channels_last=which.channels_last,
        compile=which.compile,
    )
    channels = COLOURS if which.model in TRANSLATORS else CHANNELS
    setup = ModelSetup(
        config, N_CODES, channels, 0, torch.device(which.device), precision=which.precision
    )
    model, batch = build_model(which.model, setup), _tiles_of(which)
    update, _, line = accelerate(
        model,
        lambda: (build_model(which.model, setup), _tiles_of(which)),
        setup.device,
        setup.total_steps,
        compile=which.compile,
    )
    if which.compile != "off":
        print(f"{which.model}, batch {which.batch_size}: {line}")
    return lambda: update(model.draw(batch), 1)


def _textbook(which: Contestant) -> Callable[[], object]:
    if which.model in TRANSLATORS:
        return _textbook_translator(which)
    batch = tiles(which.batch_size, which.device)
    x = F.one_hot(batch["labels"].long(), N_CODES).permute(0, 3, 1, 2).float().contiguous()
    if which.model == "pix2pix":
        pix2pix = TextbookPix2Pix(N_CODES, CHANNELS, device=which.device)
        return lambda: pix2pix.step(x, batch["images"])
    if which.model == "pix2pixhd":
        x = torch.cat([x, instance_edges(batch["instances"])], 1)
        pix2pixhd = TextbookPix2PixHD(N_CODES + 1, CHANNELS, device=which.device)
        return lambda: pix2pixhd.step(x, batch["images"])
    oasis = TextbookOasis(N_CODES, CHANNELS, device=which.device)
    return lambda: oasis.step(batch["labels"], batch["images"], 1)


def _textbook_translator(which: Contestant) -> Callable[[], object]:
    batch = domains(which.batch_size, which.device)
    if which.model == "cyclegan":
        cyclegan = TextbookCycleGan(COLOURS, device=which.device)
        return lambda: cyclegan.step(batch["images_a"], batch["images_b"])
    cut, size = TextbookCut(COLOURS, device=which.device), which.batch_size
    pixels = [SIDE**2, SIDE**2 // 4, *[SIDE**2 // 16] * 3]

    def step() -> object:
        # Drawn at each step, as training has to.
        places = {
            domain: [
                torch.stack([torch.randperm(n)[: cut.patches] for _ in range(size)]).to(
                    which.device
                )
                for n in pixels
            ]
            for domain in "ab"
        }
        return cut.step(batch["images_a"], batch["images_b"], places, [False] * size)

    return step
