"""Validation scores in networks with weights from elsewhere: found, or said to be missing."""

from collections.abc import Callable
from functools import partial

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.task import FRECHET, FRECHET_IN
from cytoforge.config.training import TrainingConfig
from cytoforge.pretrained.lpips import validation_lpips
from cytoforge.pretrained.set_frechet import validation_frechet
from cytoforge.pretrained.set_kernel import validation_kernel
from cytoforge.pretrained.weight_files import refuse_selection
from cytoforge.pretrained.weights import Missing, find_weights
from cytoforge.training.validation import Distance

FEWEST_TO_CHOOSE = 6
"""Val tiles of which a Fréchet distance chooses as it does of more: of five generators of CT slices
six slices or more of 20 chose that of all 20 in 97 to 100 % of draws, four in 88 %, two in 68 %."""
LPIPS_PX = 31  # of smaller tiles AlexNet's layers leave nothing
Load = Callable[[MetricsConfig], Distance | Missing]
LOADED: dict[str, Load] = {
    "lpips": validation_lpips,
    "kernel": validation_kernel,
    **{name: partial(validation_frechet, network) for name, network in FRECHET_IN.items()},
}
NAMES = {
    "lpips": "LPIPS",
    "kernel": "the kernel distance",
    "fid": "FID",
    "vgg16_frechet": "the Fréchet distance in VGG16",
}


def with_frechet_named(config: TrainingConfig, weights: MetricsConfig) -> TrainingConfig:
    """Return the settings with the score that `frechet` stands for: the first whose weights are
    there, else the last."""
    if FRECHET not in (*config.validation_scores, config.select_by):
        return config
    there = (
        name
        for name, network in FRECHET_IN.items()
        if not isinstance(find_weights(network, weights), Missing)
    )
    name = next(there, list(FRECHET_IN)[-1])
    scores = dict.fromkeys(name if one == FRECHET else one for one in config.validation_scores)
    chosen = name if config.select_by == FRECHET else config.select_by
    return config.model_copy(update={"validation_scores": tuple(scores), "select_by": chosen})


def score_distances(
    config: TrainingConfig, weights: MetricsConfig, tile_px: int, n_val: int
) -> dict[str, Distance]:
    """Return the training's validation scores that need weights, where there are any.

    Raises UserError for one that is missing where `select_by` names it.
    """
    found: dict[str, Distance] = {}
    for name in config.score_names:
        if name not in LOADED:
            continue
        distance = _too_little(name, tile_px, n_val) or LOADED[name](weights)
        if callable(distance):
            found[name] = distance
            if name in FRECHET_IN and name == config.select_by and n_val < FEWEST_TO_CHOOSE:
                print(
                    f"{NAMES[name]} of {n_val} val tiles chooses the weights kept: of fewer than"
                    f" {FEWEST_TO_CHOOSE} it often chooses others than of more; give validation a"
                    " larger fraction (`split.fractions`), or `select_by: lpips`"
                )
        elif name == config.select_by:
            raise refuse_selection("models.*", name, str(distance))
        else:
            print(f"{NAMES[name]} in validation {distance}")
            if name == config.selection and n_val:
                print(f"{config.score_names[0]} chooses the weights kept instead")
    return found


def _too_little(name: str, tile_px: int, n_val: int) -> str:
    """Return why the val tiles do not allow a score, "" where they do."""
    if name == "lpips" and tile_px < LPIPS_PX:
        return f"skipped: tiles of {tile_px} px, below {LPIPS_PX}"
    if name in FRECHET_IN and n_val == 1:
        return "skipped: a single val tile, of which there is no covariance"
    return ""
