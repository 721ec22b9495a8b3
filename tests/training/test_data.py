import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cytoforge.config.training import TrainingConfig
from cytoforge.errors import UserError
from cytoforge.models.pix2pixhd.config import Pix2PixHDConfig
from cytoforge.seeds import generator
from cytoforge.training import order as order_module
from cytoforge.training.data import Batches, TrainingData, Turn, source_lines, turn

CPU = torch.device("cpu")


def tiles(count: int, side: int = 8) -> TrainingData:
    """Every pixel of every tile has its own label; the image is the label over 1000."""
    labels = np.arange(count * side * side).reshape(count, side, side)
    planes = {
        "images": (labels[:, None] / 1000).astype(np.float32),
        "labels": (labels % 251).astype(np.uint8),
        "neighbours": (np.stack([labels + 1, labels + 2], axis=1) % 251).astype(np.uint8),
        "instances": (labels % 60_000).astype(np.uint16),
    }
    return TrainingData(
        train=planes,
        val={name: plane[:0] for name, plane in planes.items()},
        n_codes=251,
        colours=(),
        info={},
    )


def as_labels(images: torch.Tensor) -> torch.Tensor:
    return ((images[:, 0] + 1) * 500).round().long() % 251


@pytest.mark.parametrize("augment", ["none", "flip", "flip_rotate"])
@pytest.mark.parametrize("jitter_px", [0, 3])
def test_all_planes_stay_together(augment, jitter_px):
    config = Pix2PixHDConfig(augment=augment, jitter_px=jitter_px, batch_size=3, neighbours=1)
    batches = Batches(tiles(3), config, 1, CPU)
    for step in range(12):
        batch = batches(step)
        assert torch.equal(as_labels(batch["images"]), batch["labels"].long())
        assert torch.equal(batch["instances"] % 251, batch["labels"])
        for index, around in enumerate(batch["neighbours"].unbind(1), 1):
            assert torch.equal(around.long(), (batch["labels"].long() + index) % 251)


def test_without_augmentation_tiles_come_as_they_are():
    data = tiles(2)
    batch = Batches(data, TrainingConfig(augment="none"), 1, CPU)(0)
    assert batch["labels"][0].tolist() in data.train["labels"].tolist()
    assert batch["images"].dtype == torch.float32


def test_flip_mirrors_left_and_right_only():
    data = tiles(1)
    batches = Batches(data, TrainingConfig(augment="flip"), 1, CPU)
    seen = {batches(step)["labels"].numpy().tobytes() for step in range(30)}
    assert seen == {data.train["labels"].tobytes(), data.train["labels"][:, :, ::-1].tobytes()}


def test_flip_rotate_gives_the_eight_symmetries():
    data = tiles(1)
    batches = Batches(data, TrainingConfig(augment="flip_rotate"), 1, CPU)
    seen = {batches(step)["labels"].numpy().tobytes() for step in range(100)}
    turned = [np.rot90(data.train["labels"][0], quarter) for quarter in range(4)]
    assert seen == {tile.tobytes() for turn in turned for tile in (turn, turn[:, ::-1])}


def test_a_shift_reflects_at_the_border():
    assert source_lines(4, Turn(False, False, False, 2, -1)).tolist() == [
        [2, 3, 2, 1],
        [1, 0, 1, 2],
    ]


@given(side=st.integers(8, 40), down=st.integers(-7, 7), right=st.integers(-7, 7))
def test_a_shift_reads_what_numpy_pads(side, down, right):
    picture = np.arange(side * side).reshape(side, side)
    rows, cols = source_lines(side, Turn(False, False, False, down, right))
    padded = np.pad(picture, 7, mode="reflect")
    expected = padded[7 + down : 7 + down + side, 7 + right : 7 + right + side]
    assert np.array_equal(picture[rows[:, None], cols], expected)


def test_every_tile_once_an_epoch_in_a_new_order():
    config = TrainingConfig(augment="none", batch_size=2)
    data = tiles(5)
    batches = Batches(data, config, 1, CPU)
    firsts = [int(label[0, 0]) for step in range(5) for label in batches(step)["labels"]]
    corners = data.train["labels"][:, 0, 0].tolist()
    assert sorted(firsts[:5]) == sorted(firsts[5:]) == sorted(corners)
    assert firsts[:5] != firsts[5:]


def test_an_epochs_order_is_drawn_once(monkeypatch):
    drawn = []

    def counted(seed: int, *names: str | int) -> np.random.Generator:
        drawn.append(names)
        return generator(seed, *names)

    monkeypatch.setattr(order_module, "generator", counted)
    batches = Batches(tiles(5), TrainingConfig(augment="none", batch_size=2), 1, CPU)
    for step in range(10):  # four epochs; two batches lie in two of them
        batches(step)
    assert [names for names in drawn if names[0] == "order"] == [("order", k) for k in range(4)]


def test_a_batch_depends_on_seed_and_step_alone():
    config = TrainingConfig(batch_size=4, augment="flip_rotate", jitter_px=2)
    first, second = (Batches(tiles(6), config, 1, CPU) for _ in range(2))
    first(0), first(1)
    assert torch.equal(first(2)["images"], second(2)["images"])
    assert not torch.equal(second(2)["images"], Batches(tiles(6), config, 2, CPU)(2)["images"])


def test_a_tile_is_turned_anew_each_epoch():
    config = TrainingConfig(augment="flip_rotate")
    turns = {turn(config, generator(1, "augment", epoch, 0)) for epoch in range(50)}
    assert len(turns) == 8


def test_labels_above_the_code_table_are_refused():
    with pytest.raises(UserError, match=r"codes 0 to 1(.|\n)*code 2"):
        TrainingData(
            train={"labels": np.full((1, 2, 2), 2, np.uint8)},
            val={"labels": np.zeros((0, 2, 2), np.uint8)},
            n_codes=2,
            colours=(),
            info={},
        )


def test_no_training_tile_is_an_error():
    with pytest.raises(UserError, match="train split"):
        tiles(0)
