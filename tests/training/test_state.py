"""The saved state: whatever happens to its file, training goes on from the last good one."""

import shutil
from pathlib import Path

import pytest
import torch

from cytoforge.training import run
from cytoforge.training.assignment import Pretrained
from cytoforge.training.interrupt import TrainingInterrupted
from cytoforge.training.state import (
    BEFORE_FILE,
    CHOICES_FILE,
    STATE_FILE,
    load_choices,
    load_state,
    remove_state,
    save_choices,
    save_state,
)
from tests.training.stopping import stopping_at

WEIGHT = torch.arange(6.0).reshape(2, 3)


def save_two(folder: Path) -> Path:
    """Save the states after steps 2 and 3; return the newer one's file."""
    for step in (2, 3):
        save_state(folder, "print", {"step": step, "weight": WEIGHT + step})
    return folder / STATE_FILE


def test_the_newest_state_is_continued(tmp_path):
    save_two(tmp_path)
    state, line = load_state(tmp_path, "print")
    assert state is not None
    assert torch.equal(state["weight"], WEIGHT + 3)
    assert line == "continuing after step 3"


def test_a_state_of_another_training_is_left_alone(tmp_path):
    save_two(tmp_path)
    assert load_state(tmp_path, "other") == (
        None,
        "starting from step 0: config, tiles, seed or code changed since the state was saved",
    )
    assert load_state(tmp_path, "print")[1] == "continuing after step 3"


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def a_folder(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def a_dangling_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def another_file(path: Path) -> None:
    torch.save([1, 2], path)


def without_a_step(path: Path) -> None:
    torch.save({"fingerprint": "print"}, path)


@pytest.mark.parametrize(
    "damage", [torn, empty, a_folder, a_dangling_link, another_file, without_a_step]
)
def test_an_unreadable_state_is_set_aside_and_the_one_before_continued(tmp_path, damage):
    damage(save_two(tmp_path))
    state, line = load_state(tmp_path, "print")
    assert state is not None and state["step"] == 2
    assert line.startswith("continuing after step 2; the saved state state.pt cannot be read (")
    assert line.endswith("set aside as state.pt.unreadable")
    save_state(tmp_path, "print", {"step": 4})  # nothing is in its way
    assert load_state(tmp_path, "print")[1] == "continuing after step 4"
    remove_state(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_with_both_states_unreadable_training_starts_again(tmp_path):
    torn(save_two(tmp_path))
    torn(tmp_path / BEFORE_FILE)
    state, line = load_state(tmp_path, "print")
    assert state is None
    assert line.startswith("starting from step 0: the saved state state.pt cannot be read")
    assert "state_before.pt cannot be read" in line


def test_no_flipped_byte_blocks_or_deceives(tmp_path):
    # Of the archive's directory, too, which its checksums do not cover.
    newest = save_two(tmp_path)
    whole, kept = newest.read_bytes(), tmp_path / "kept"
    shutil.copy(tmp_path / BEFORE_FILE, kept)
    fell_back = 0
    for place in range(0, len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        newest.write_bytes(damaged)
        state, _ = load_state(tmp_path, "print")
        assert state is not None, place
        assert torch.equal(state["weight"], WEIGHT + state["step"]), place
        fell_back += state["step"] == 2
    assert fell_back > len(whole) / 4


def test_a_state_that_does_not_fit_the_networks_is_set_aside(
    tiny_config, tiny_data, tmp_path, capsys
):
    data, config = tiny_data(side=64), tiny_config(generator="unet_64", steps=4)
    names = "pix2pix", tmp_path / "model", tmp_path / "state"

    def train(**keywords) -> None:
        run.train(data, config, *names, seed=1, threads=1, device="cpu", **keywords)

    stopping = Pretrained({"lpips": stopping_at(1)})
    with pytest.raises(TrainingInterrupted):
        train(pretrained=stopping)
    path = tmp_path / "state" / STATE_FILE
    state = torch.load(path, weights_only=True)
    del state["networks"]["generator"]["output.1.bias"]
    torch.save(state, path)
    train(pretrained=Pretrained({"lpips": lambda fake, real: 0.5}))
    said = capsys.readouterr().err
    assert "state.pt does not fit the model (RuntimeError) and was set aside" in said
    assert said.count("starting from step 0") == 2
    assert (tmp_path / "model" / "model.json").exists()


def test_choices_of_another_training_do_not_count(tmp_path):
    save_choices(tmp_path, "print", {"precision": "bf16"})
    assert load_choices(tmp_path, "print") == {"precision": "bf16"}
    assert load_choices(tmp_path, "other") == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"fingerprint": "print"}', "\x00"])
def test_damaged_choices_do_not_count(tmp_path, text):
    (tmp_path / CHOICES_FILE).write_text(text)
    assert load_choices(tmp_path, "print") == {}


class Trap:
    """Unpickling this would create a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_state_runs_no_code(tmp_path):
    torch.save({"fingerprint": "print", "trap": Trap(tmp_path / "sprung")}, tmp_path / STATE_FILE)
    state, _ = load_state(tmp_path, "print")
    assert state is None
    assert not (tmp_path / "sprung").exists()
