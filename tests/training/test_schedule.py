import pytest

from cytoforge.config.training import TrainingConfig
from cytoforge.training.schedule import learning_rate, total_steps


def test_rates_of_four_steps():
    config = TrainingConfig(learning_rate=1.0, constant_share=0.5)
    rates = [learning_rate(config, step, 4) for step in range(4)]
    assert rates == pytest.approx([1, 1, 2 / 3, 1 / 3])


def test_equals_the_original_with_an_epoch_a_step():
    # 100 epochs constant, 100 falling: 1 − max(0, k − 100) / 101 in epoch k.
    config = TrainingConfig(constant_share=0.5)
    ours = [learning_rate(config, k - 1, 200) for k in range(1, 201)]
    assert ours == pytest.approx([2e-4 * (1 - max(0, k - 100) / 101) for k in range(1, 201)])


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_never_rises_and_never_ends_at_zero(share):
    config = TrainingConfig(constant_share=share)
    rates = [learning_rate(config, step, 37) for step in range(37)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] > 0


def test_epochs_are_counted_in_batches():
    assert total_steps(TrainingConfig(epochs=3, batch_size=4), n_tiles=10) == 8  # ⌈30 / 4⌉
    assert total_steps(TrainingConfig(epochs=3, steps=5), n_tiles=10) == 5
