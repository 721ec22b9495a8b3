"""The programs that measure still run to their table. What they measure is not looked at."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import ModuleType

import pytest
import torch

from benchmarks import checks, contestants, inference, profile_training, training
from benchmarks.textbook.cut import TextbookCut
from benchmarks.textbook.cyclegan import TextbookCycleGan
from benchmarks.textbook.oasis import TextbookOasis
from benchmarks.textbook.pix2pix import TextbookPix2Pix
from benchmarks.textbook.pix2pixhd import TextbookPix2PixHD

# The smallest networks, in our words and in the textbooks', which are the same.
SIZES: dict[str, dict[str, object]] = {
    "pix2pix": {
        "generator": "unet_128",
        "generator_filters": 4,
        "discriminator_filters": 4,
    },
    "pix2pixhd": {
        "generator_filters": 4,
        "downsamplings": 2,
        "blocks": 1,
        "discriminator_filters": 4,
    },
    "oasis": {
        "generator_filters": 1,
        "noise_channels": 2,
        "spade_filters": 2,
        "discriminator_filters": 2,
    },
    "cyclegan": {"generator": "resnet_6", "generator_filters": 4, "discriminator_filters": 4},
    "cut": {"generator": "resnet_6", "generator_filters": 4, "discriminator_filters": 4},
}
TEXTBOOKS = {
    "TextbookPix2Pix": partial(TextbookPix2Pix, **SIZES["pix2pix"]),
    "TextbookPix2PixHD": partial(TextbookPix2PixHD, **SIZES["pix2pixhd"]),
    "TextbookOasis": partial(TextbookOasis, **SIZES["oasis"]),
    "TextbookCycleGan": partial(TextbookCycleGan, **SIZES["cyclegan"]),
    "TextbookCut": partial(TextbookCut, **SIZES["cut"]),
}


@dataclass(frozen=True)
class Fake:
    """A way whose step multiplies two 64 × 64 matrices, takes some time and says that it did."""

    name: str
    seconds: float
    log: list[str]
    device: str = "cpu"
    ours: bool = True

    def step(self) -> Callable[[], None]:
        matrix = torch.ones(64, 64)

        def take() -> None:
            matrix @ matrix
            time.sleep(self.seconds)
            self.log.append(self.name)

        return take


def test_modes_are_timed_in_turns_and_medians_are_theirs():
    log: list[str] = []
    modes = [Fake("slow", 0.05, log, ours=False), Fake("quick", 0.001, log)]
    medians, flop = training.time_in_turns(modes, 3)
    assert log[-12:] == ["slow", "slow", "quick", "quick"] * 3  # the first of two settles in
    assert medians[0] >= 0.05
    assert medians[0] > medians[1] >= 0.001
    assert flop == 2 * 64**3


@pytest.fixture
def small(monkeypatch) -> None:
    """Let every contestant and its tiles be small, and take one round."""
    monkeypatch.setattr(contestants, "SIDE", 128)
    for name, textbook in TEXTBOOKS.items():
        monkeypatch.setattr(contestants, name, textbook)
    for model, sizes in SIZES.items():
        settings = {**contestants.SETTINGS[model], **sizes}
        monkeypatch.setitem(contestants.SETTINGS, model, settings)
    monkeypatch.setattr(training, "ROUNDS", 1)
    monkeypatch.setattr(training, "peak_flops", lambda device, dtype: 1e12)


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_training_compares_every_model(monkeypatch, capsys, tmp_path):
    arguments = ["--batches", "1", "--threads", "1", "--devices", "cpu", "--no-memory"]
    monkeypatch.setattr(sys, "argv", ["training", *arguments, "--json", str(tmp_path / "rows")])
    threads = torch.get_num_threads()
    training.main()
    torch.set_num_threads(threads)
    rows = json.loads((tmp_path / "rows").read_text())
    printed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert len(printed) == 1 + len(rows)  # and the header
    for model in SIZES:
        textbook, *ours = [row for row in rows if row["model"] == model]
        assert (textbook["mode"], textbook["ratio"]) == ("textbook", 1)
        assert {row["mode"] for row in ours} >= {"ours fp32", "ours fp32, channels last"}
        for row in ours:
            assert row["ratio"] == pytest.approx(textbook["seconds"] / row["seconds"])


@pytest.fixture
def table(monkeypatch, capsys) -> Iterator[Callable[..., list[list[str]]]]:
    """A function that runs a program, and returns the cells of the rows it prints."""
    threads = torch.get_num_threads()

    def run(program: ModuleType, *arguments: str) -> list[list[str]]:
        monkeypatch.setattr(sys, "argv", [program.__name__, *arguments])
        program.main()
        lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]

    yield run
    torch.set_num_threads(threads)


@pytest.mark.slow
def test_inference_renders_in_every_mode(table, monkeypatch):
    measured, found = inference.peak_megabytes, []

    def peak_megabytes(*arguments):
        found[:] = found or [measured(*arguments)]  # each starts a Python: one tells that it works
        return found[0]

    monkeypatch.setattr(inference, "peak_megabytes", peak_megabytes)
    sizes = ["--height", "256", "--width", "256", "--rounds", "1"]
    rows = {row[0]: row[1:] for row in table(inference, *sizes)}
    assert list(rows) == ["textbook", "exact", "auto", "fast"]
    assert rows["textbook"][1] == "1.00"
    mean, most = map(float, rows["auto"][2].split(" / "))
    assert 0 <= mean <= most < 0.1


@pytest.mark.slow
def test_a_profile_names_every_part(table):
    brief = ["--steps", "2", "--tiles", "6", "--val-tiles", "2", "--tile-px", "64"]
    brief += ["--set", "generator=unet_64", "generator_filters=4", "discriminator_filters=4"]
    rows = table(profile_training, *brief)
    assert [part for part, *_ in rows] == [
        "step", "data", "validation", "sample sheet", "saving", "reports"
    ]  # fmt: skip
    assert sum(float(share.rstrip("%")) for *_, share in rows) == pytest.approx(100, abs=0.5)


@pytest.mark.slow
def test_checks_judge_a_made_up_wound(table, tmp_path):
    rows = table(checks, str(tmp_path), "--only", "made-up wound 0")
    verdicts = {row[0]: row[-1] for row in rows if row[0].startswith("made-up")}
    assert verdicts == {"made-up wound 0, disc": "stopped", "made-up wound 0, gap": "passed"}
