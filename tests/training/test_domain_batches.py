"""Batches of two domains: paired planes stay together, unpaired ones go their own ways."""

from collections import Counter

import numpy as np
import pytest
import torch

from cytoforge.config.training import TrainingConfig
from cytoforge.errors import UserError
from cytoforge.training import data as data_module
from cytoforge.training.data import Batches, TrainingData
from cytoforge.training.order import Order

CPU = torch.device("cpu")


class Needs(TrainingConfig):
    """Settings of a model that learns between two domains."""

    @property
    def needs(self) -> tuple[str, ...]:
        return ("images_a", "images_b")


def numbered(count: int, side: int = 4) -> np.ndarray:
    """Return tiles (N, 1, T, T): every pixel of tile k is k / 100, but for a ramp across."""
    ramp = np.arange(side * side).reshape(side, side) / 10_000
    return (np.arange(count)[:, None, None, None] / 100 + ramp).astype(np.float32)


def domains(n_a: int, n_b: int, **settings: object) -> TrainingData:
    train = {"images_a": numbered(n_a), "images_b": numbered(n_b)}
    val = {name: plane[:0] for name, plane in train.items()}
    return TrainingData(train, val, n_codes=0, colours=(), info={}, **settings)  # type: ignore


def tile_numbers(batches: Batches, plane: str, steps: int) -> list[int]:
    shown = [(batches(step)[plane] + 1) / 2 for step in range(steps)]
    return [int(tile.min() * 100 + 1e-3) for batch in shown for tile in batch]


def test_unpaired_domains_have_epochs_of_their_own():
    batches = Batches(domains(3, 5, apart=True), Needs(augment="none", batch_size=1), 1, CPU)
    of_a, of_b = (tile_numbers(batches, name, 15) for name in ("images_a", "images_b"))
    assert [sorted(of_a[k : k + 3]) for k in range(0, 15, 3)] == [[0, 1, 2]] * 5
    assert [sorted(of_b[k : k + 5]) for k in range(0, 15, 5)] == [[0, 1, 2, 3, 4]] * 3


def test_unpaired_domains_are_turned_by_themselves():
    batches = Batches(domains(1, 1, apart=True), Needs(augment="flip_rotate"), 1, CPU)
    alike = [
        torch.equal(*(batches(k)[name] for name in ("images_a", "images_b"))) for k in range(9)
    ]
    assert not all(alike)


def test_paired_domains_stay_together():
    batches = Batches(
        domains(4, 4), Needs(augment="flip_rotate", jitter_px=1, batch_size=2), 1, CPU
    )
    for step in range(8):
        batch = batches(step)
        assert torch.equal(batch["images_a"], batch["images_b"])


def test_rare_tiles_come_as_often_as_their_weight_says():
    # Tile 0 alone is positive, and is to be half of what is seen.
    order = Order(4, seed=1, weights=np.array([0.5, 1 / 6, 1 / 6, 1 / 6]))
    for epoch in range(5):
        seen = Counter(place.tile for place in order.places(4 * epoch, 4))
        assert seen[0] == 2
        assert sum(seen.values()) == 4
    whole = Counter(place.tile for place in order.places(0, 1200))
    assert all(abs(whole[tile] - 200) < 25 for tile in (1, 2, 3))


def test_a_tile_shown_twice_in_an_epoch_is_turned_by_two_draws():
    order = Order(2, seed=1, weights=np.array([1.0, 0.0]))
    first, second = order.places(0, 2)
    assert (first.tile, second.tile) == (0, 0)
    assert first.name != second.name


def test_a_domain_without_train_tiles_is_refused():
    with pytest.raises(UserError, match="at least one tile"):
        domains(3, 0, apart=True)


def test_some_tiles_of_unpaired_domains_are_as_many_of_each():
    some = domains(9, 2, apart=True).some(4)
    assert [len(plane) for plane in some.values()] == [2, 2]
    assert some["images_a"][:, 0, 0, 0].tolist() == pytest.approx([0, 0.08])


def test_processes_divide_the_batch_of_each_domain(monkeypatch):
    data, config = domains(5, 3, apart=True), Needs(augment="flip_rotate", batch_size=4)
    whole = Batches(data, config, 1, CPU)(2)
    monkeypatch.setattr(data_module, "world_size", lambda: 2)
    own = []
    for number in range(2):
        monkeypatch.setattr(data_module, "rank", lambda number=number: number)
        own.append(Batches(data, config, 1, CPU)(2))
    for plane in ("images_a", "images_b"):
        assert torch.equal(torch.cat([batch[plane] for batch in own]), whole[plane])
