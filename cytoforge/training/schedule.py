"""How many steps, and the learning rate of each."""

import math
from collections.abc import Sequence

from cytoforge.config.training import TrainingConfig
from cytoforge.errors import UserError

# The original's numbers: `step` is a tenth after every 50 of 200 epochs; `plateau` a fifth after
# more than 5 validations of which none was at least 1 % better than the best. (Its plateau watched
# a number that was always 0.)
STEP_FRACTION, STEP_FACTOR = 0.25, 0.1
PLATEAU_FACTOR, PLATEAU_THRESHOLD, PLATEAU_PATIENCE = 0.2, 0.01, 5


def total_steps(config: TrainingConfig, n_tiles: int) -> int:
    """Return the number of training steps; epochs are counted in whole batches of tiles."""
    if config.steps is not None:
        return config.steps
    return math.ceil(config.epochs * n_tiles / config.batch_size)


def check_schedule(config: TrainingConfig, n_val: int) -> None:
    """Refuse a schedule that follows validations where there will be none."""
    if config.schedule == "plateau" and n_val == 0:
        raise UserError(
            where="models.*.training.schedule",
            expected="val tiles, whose scores `plateau` follows",
            found="no val tiles",
            fix="choose another schedule, or a split with a fraction for val",
        )


def learning_rate(
    config: TrainingConfig, step: float, total: float, scores: Sequence[float] = ()
) -> float:
    """Return the rate of `step` (0 is the first) of `total`.

    A function of its arguments alone, so a resumed training has the same rates.

    Parameters
    ----------
    scores : validation scores so far, less is better; `plateau` depends on them
    """
    every = STEP_FRACTION * total
    step, total = phase_of(config, step, total)
    match config.schedule:
        case "linear":
            factor = linear_factor(step, total, config.constant_fraction)
        case "step":
            factor = STEP_FACTOR ** math.floor(step / every)
        case "cosine":
            # Loshchilov & Hutter 2017, down once. (The original's has half the period, so that
            # the rate is back at its full height when training ends.)
            factor = (1 + math.cos(math.pi * step / total)) / 2
        case "plateau":
            factor = PLATEAU_FACTOR ** plateaus(scores)
        case "constant":
            factor = 1.0
    return config.learning_rate * factor


def phase_of(config: TrainingConfig, step: float, total: float) -> tuple[float, float]:
    """Return the step within its phase of a training, and the steps of that phase."""
    start, end = 0.0, total
    for fraction in config.restarts:
        if step < round(fraction * total):
            end = round(fraction * total)
            break
        start = round(fraction * total)
    return step - start, end - start


def linear_factor(step: float, total: float, constant_fraction: float) -> float:
    """Return the factor of the full rate: constant, then linear towards 0.

    The textbook's rule with steps for epochs: the k-th of S steps, c of them constant, has
    1 − max(0, k − c) / (S − c + 1) of the full rate, so the last step still learns a little.
    """
    constant = round(constant_fraction * total)
    return 1 - max(0, step + 1 - constant) / (total - constant + 1)


def plateaus(scores: Sequence[float]) -> int:
    """Return how often the scores have stood still for more than 5 validations.

    >>> plateaus([1.0, 0.5] + [0.496] * 6), plateaus([1.0, 0.5] + [0.49] * 6)
    (1, 0)
    """
    best, waited, count = math.inf, 0, 0
    for score in scores:
        better = score < best * (1 - PLATEAU_THRESHOLD)
        best, waited = (score, 0) if better else (best, waited + 1)
        if waited > PLATEAU_PATIENCE:
            waited, count = 0, count + 1
    return count
