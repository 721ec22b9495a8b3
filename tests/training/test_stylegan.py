"""What a StyleGAN's training is beside its step: augmentation, averages, lengths, exact resume."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from cytoforge.compute.steps import Batch
from cytoforge.config.training import config_class
from cytoforge.models.soft_maps import MapFormat, middle
from cytoforge.models.tasks.noise_to_labels import TASK
from cytoforge.training.distances import with_distances
from cytoforge.training.ema import MovingAverage
from cytoforge.training.interrupt import TrainingInterrupted
from cytoforge.training.run import train
from tests.training.small_stylegan import MODELS, SMALL, batch, model
from tests.training.test_resume import FILES


def settings(name="stylegan2", **overrules):
    return config_class(name)(**{**SMALL, **overrules})


@pytest.mark.parametrize("name", MODELS)
def test_a_step_changes_both_networks(name):
    ours = model(name)
    before = {n: [w.clone() for w in net.parameters()] for n, net in ours.networks.items()}
    losses = ours.step(batch(), 0)
    assert list(losses) == ["g_gan", "g_path", "d_real", "d_fake", "d_r1", "ada_p"]
    assert not any(loss.requires_grad for loss in losses.values())
    assert all(bool(loss.isfinite()) for loss in losses.values())
    for network, weights in before.items():
        now = ours.networks[network].parameters()
        assert not all(torch.equal(a, b) for a, b in zip(weights, now, strict=True))


def test_the_mean_style_and_the_mean_path_length_follow():
    ours = model(path_decay=0.5)
    ours.step(batch(), 0)
    assert float(ours.path.mean) > 0
    assert float(ours.drawer.generator.mapping.average.abs().sum()) > 0


def test_real_maps_are_as_soft_as_made_ones():
    ours = model()
    torch.manual_seed(1)
    maps = ours.draw(batch())["maps"]  # codes and a distance
    codes = maps[:, :-1] * 0.5 + 0.5
    torch.testing.assert_close(codes.sum(1), torch.ones_like(codes[:, 0]))
    assert float(codes.min()) > 0
    assert float(codes.max()) < 1


def test_a_small_map_is_a_square_of_each_tile_at_a_place_of_its_own(monkeypatch):
    monkeypatch.setattr(MapFormat, "of_labels", lambda _, labels, distances: labels[:, None] * 1.0)
    ours = model(size_px=16, real_noise=0, real_blur_px=0)
    numbers = torch.arange(32 * 32).view(32, 32).remainder(251).to(torch.uint8)
    tiles = Batch({"labels": numbers.expand(4, 32, 32), "distances": torch.zeros(4, 32, 32)})
    torch.manual_seed(1)
    squares = ours.draw(tiles)["maps"]
    assert squares.shape[-2:] == (16, 16)
    assert len({float(square[0, 0, 0]) for square in squares}) > 1
    assert middle(numbers, 16).shape == (16, 16)


def test_augmentation_follows_how_sure_the_discriminator_is():
    ours = model(ada_kimg=0.1, ada_target=0.5)
    for sign, expected in ((1.0, 0.16), (1.0, 0.32), (-1.0, 0.16)):  # 16 of 100 maps
        for _ in range(4):
            ours.augment.note(torch.tensor(sign))
        ours.augment.adjust(4)
        assert float(ours.augment.p) == pytest.approx(expected)
    for _ in range(4):
        ours.augment.adjust(4)  # nothing noted: a sign of 0, below the target
    assert float(ours.augment.p) == 0


def test_the_average_never_reaches_further_back_than_its_ramp():
    layer = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(layer.weight)
    average = MovingAverage(layer, 0.99778, 0.05)
    torch.nn.init.ones_(layer.weight)
    average.update(1000)  # half of it after 50 steps
    assert float(average.network.weight) == pytest.approx(1 - 0.5 ** (1 / 50))
    average.update(10**6)
    assert 1 - float(average.network.weight) == pytest.approx(0.5 ** (1 / 50) * 0.99778)


def test_lengths_in_kimg_are_steps():
    found = settings(kimg=10, snapshot_kimg=2, batch_size=8)
    assert (found.steps, found.validate_every) == (1250, 250)
    again = type(found).model_validate(found.model_dump())  # as model.json has it
    assert again == found


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"kimg": 1, "steps": 7}, "`kimg: 1` is 250 steps of 4"),
        ({"size_px": 48}, "power of two, e.g. 32"),
        ({"batch_size": 2, "stddev_group": 4}, "groups of 4 maps, and a process has 2"),
        ({"batch_size": 8, "processes": 4, "stddev_group": 4}, "a process has 2"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(wrong, says):
    with pytest.raises(ValidationError, match=says):
        settings(**wrong)


@pytest.mark.parametrize("name", MODELS)
def test_micro_batches_of_whole_groups_sum_to_the_whole(name):
    # Layers of StyleGAN3 follow their inputs in each micro-batch: here they hardly do.
    shared = {"learning_rate": 1e-9, "path_weight": 0, "ada_kimg": 0, "mixing": 0}
    trained = [model(name, count, **shared) for count in (1, 2)]
    for one in trained:
        torch.manual_seed(1)
        one.step(batch(), 1)
    both = (one.networks["generator"].parameters() for one in trained)
    for mine, theirs in zip(*both, strict=True):
        scale = float(mine.grad.abs().max())
        torch.testing.assert_close(mine.grad, theirs.grad, atol=1e-2 * scale + 1e-9, rtol=1e-2)


@pytest.mark.parametrize("name", ["stylegan2", "stylegan3_r"])
def test_a_stopped_training_continues_to_the_same_bytes(tiny_data, tmp_path, monkeypatch, name):
    # Augmentation, path length, averages and optimisers: all are as they were.
    data = tiny_data(side=32)
    config = settings(name, steps=6, validate_every=2, size_px=16, ada_kimg=0.1, blur_kimg=0.01)

    def trained(folder) -> dict[str, bytes]:
        model, state = folder / "model", folder / "state"
        train(data, config, name, model, state, seed=1, threads=1, device="cpu")
        return {file: (model / file).read_bytes() for file in FILES}

    whole = trained(tmp_path / "whole")
    calls = iter(range(100))

    def stopping(maps):
        if next(calls) == 1:
            raise TrainingInterrupted(4)
        return score(maps)

    score = TASK.scores["maps"]
    with monkeypatch.context() as patch:
        patch.setitem(TASK.scores, "maps", stopping)
        with pytest.raises(TrainingInterrupted):
            trained(tmp_path / "parts")
    assert (tmp_path / "parts" / "state" / "state.pt").exists()
    assert trained(tmp_path / "parts") == whole
    card = whole["model_card.md"].decode()
    assert "noise to label map" in card
    history = np.genfromtxt(tmp_path / "whole" / "model" / "history.csv", delimiter=",", names=True)
    assert history["ada_p"][-1] >= 0


def test_distances_are_of_each_object_by_itself(tiny_data):
    data = with_distances(tiny_data(train=1, val=1, side=32), ["labels", "distances"])
    found, cells = data.train["distances"][0], data.train["instances"][0]
    assert found.dtype == np.float32
    assert (found[cells == 0] == 0).all()
    for number in np.unique(cells[cells > 0]):
        assert found[cells == number].max() == 1
        assert found[cells == number].min() > 0
    assert with_distances(data, ["labels"]) is data
