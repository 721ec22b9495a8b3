"""Out of memory: the same batch, summed over micro-batches."""

import copy
import json

import pytest
import torch

from cytoforge.compute.memory import out_of_memory, with_enough_memory
from cytoforge.compute.steps import Batch
from cytoforge.errors import UserError
from cytoforge.models.model import ModelSetup
from cytoforge.models.pix2pix.model import Pix2Pix
from cytoforge.training.run import train

CPU = torch.device("cpu")


def test_micro_batches_are_doubled_until_they_fit():
    tried, lines = [], []

    def run(micro_batches: int) -> None:
        tried.append(micro_batches)
        if micro_batches < 4:
            raise torch.OutOfMemoryError("CUDA out of memory")

    with_enough_memory(run, 1, 6, lines.append)
    assert tried == [1, 2, 4]
    assert "2 tiles at a time, 4 micro-batches per step" in lines[-1]


def test_when_one_tile_does_not_fit_the_user_is_told_what_to_do():
    def run(micro_batches: int) -> None:
        raise MemoryError

    with pytest.raises(UserError, match="smaller tiles"):
        with_enough_memory(run, 1, 4, print)


def test_other_errors_are_not_hidden():
    def run(micro_batches: int) -> None:
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        with_enough_memory(run, 1, 4, print)


def test_the_systems_own_words_are_understood():
    with pytest.raises(RuntimeError) as refused:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert out_of_memory(refused.value)


def test_micro_batches_have_the_gradients_of_the_whole_batch(tiny_config):
    # Without batch norm, whose statistics are those of the tiles that are in memory together.
    config = tiny_config(norm="instance", dropout=False, batch_size=4)
    whole = Pix2Pix(ModelSetup(config, 3, 2, 5, CPU))
    divided = Pix2Pix(ModelSetup(config, 3, 2, 5, CPU, micro_batches=3))
    random = torch.Generator().manual_seed(3)
    labels = torch.randint(0, 3, (4, 128, 128), generator=random, dtype=torch.uint8)
    batch = Batch(
        {"labels": labels, "images": torch.rand(4, 2, 128, 128, generator=random) * 2 - 1}
    )
    expected, found = whole.step(copy.copy(batch), 0), divided.step(batch, 0)
    for name, loss in expected.items():
        assert float(found[name]) == pytest.approx(float(loss), rel=1e-4)
    for name, network in whole.networks.items():
        pairs = list(zip(network.parameters(), divided.networks[name].parameters(), strict=True))
        scale = max(float(one.grad.abs().max()) for one, _ in pairs)
        for one, other in pairs:
            torch.testing.assert_close(other.grad, one.grad, atol=5e-5 * scale, rtol=1e-5)


def test_a_training_goes_on_with_micro_batches_and_says_which_batch_fits(
    tiny_config, tiny_data, tmp_path, monkeypatch, capsys
):
    forward = Pix2Pix.forward

    def small_memory(self, micro):
        if len(micro.condition) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(self, micro)

    monkeypatch.setattr(Pix2Pix, "forward", small_memory)
    config = tiny_config(steps=2, batch_size=2)
    folders = tmp_path / "model", tmp_path / "state"
    train(tiny_data(), config, "pix2pix", *folders, seed=1, threads=1, device="cpu")
    assert "1 tiles at a time, 2 micro-batches per step" in capsys.readouterr().err
    totals = json.loads((tmp_path / "model" / "training.json").read_text())
    assert (totals["micro_batches"], totals["images_seen"]) == (2, 4)


def test_no_memory_is_seen_behind_the_error_it_ends_in():
    error = RuntimeError("the recording was not closed")
    assert not out_of_memory(error)
    error.__context__ = torch.OutOfMemoryError()
    assert out_of_memory(error)
