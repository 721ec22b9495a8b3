"""How many steps, and the learning rate of each."""

import math

from cytoforge.config.training import TrainingConfig


def total_steps(config: TrainingConfig, n_tiles: int) -> int:
    """Return the number of training steps; epochs are counted in whole batches of tiles."""
    if config.steps is not None:
        return config.steps
    return math.ceil(config.epochs * n_tiles / config.batch_size)


def learning_rate(config: TrainingConfig, step: int, total: int) -> float:
    """Return the rate of `step` (0 is the first): constant, then linear towards 0.

    The textbook's rule with steps for epochs: the k-th of S steps, c of them constant, has
    1 − max(0, k − c) / (S − c + 1) of the full rate, so the last step still learns a little.
    """
    constant = round(config.constant_share * total)
    falling = max(0, step + 1 - constant) / (total - constant + 1)
    return config.learning_rate * (1 - falling)
