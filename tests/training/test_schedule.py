import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cytoforge.config.training import TrainingConfig
from cytoforge.training.schedule import learning_rate, plateaus, total_steps


def rates(total: int, **config: object) -> list[float]:
    settings = TrainingConfig(**config)
    return [learning_rate(settings, step, total) for step in range(total)]


def torchs(scheduler, total: int, **arguments: object) -> list[float]:
    """Rates by torch's own scheduler."""
    optimiser = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    ours = scheduler(optimiser, **arguments)
    found = []
    for _ in range(total):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        ours.step()
    return found


def test_linear_rates_of_four_steps():
    assert rates(4, learning_rate=1.0, constant_fraction=0.5) == pytest.approx([1, 1, 2 / 3, 1 / 3])


def test_linear_equals_the_original_with_an_epoch_a_step():
    # 100 epochs constant, 100 falling: 1 − max(0, k − 100) / 101 in epoch k.
    expected = [2e-4 * (1 - max(0, k - 100) / 101) for k in range(1, 201)]
    assert rates(200, constant_fraction=0.5) == pytest.approx(expected)


@pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])
def test_linear_never_rises_and_never_ends_at_zero(fraction):
    found = rates(37, constant_fraction=fraction)
    assert found == sorted(found, reverse=True)
    assert found[-1] > 0


def test_constant_stays():
    assert set(rates(5, schedule="constant", learning_rate=0.3)) == {0.3}


def test_step_is_torchs_with_an_epoch_a_step():
    expected = torchs(torch.optim.lr_scheduler.StepLR, 200, step_size=50, gamma=0.1)
    assert rates(200, schedule="step", learning_rate=1.0) == pytest.approx(expected)


def test_step_by_hand():
    found = rates(8, schedule="step", learning_rate=1.0)
    assert found == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001])


def test_cosine_is_torchs_and_falls_once():
    expected = torchs(torch.optim.lr_scheduler.CosineAnnealingLR, 100, T_max=100)
    found = rates(100, schedule="cosine", learning_rate=1.0)
    assert found == pytest.approx(expected)
    assert found == sorted(found, reverse=True)


def test_cosine_by_hand():
    assert rates(4, schedule="cosine", learning_rate=1.0)[::2] == pytest.approx([1, 0.5])


def test_plateau_by_hand():
    config = TrainingConfig(schedule="plateau", learning_rate=1.0)
    scores = [0.5] + 6 * [0.496] + 5 * [0.5]  # 0.496 is not 1 % better than 0.5
    found = [learning_rate(config, 0, 1, scores[:seen]) for seen in range(len(scores) + 1)]
    assert found == pytest.approx([1.0] * 7 + [0.2] * 6)
    assert learning_rate(config, 0, 1, [*scores, 0.5]) == pytest.approx(0.04)


@given(st.lists(st.floats(0.01, 1), max_size=60))
def test_plateau_is_torchs(scores):
    optimiser = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimiser, mode="min", factor=0.2, threshold=0.01, patience=5, eps=0
    )
    for score in scores:
        scheduler.step(score)
    assert 0.2 ** plateaus(scores) == pytest.approx(optimiser.param_groups[0]["lr"])


def test_plateau_without_scores_is_constant():
    assert set(rates(9, schedule="plateau", learning_rate=0.3)) == {0.3}


def test_epochs_are_counted_in_batches():
    assert total_steps(TrainingConfig(epochs=3, batch_size=4), n_tiles=10) == 8  # ⌈30 / 4⌉
    assert total_steps(TrainingConfig(epochs=3, steps=5), n_tiles=10) == 5
