"""Models that draw label maps, in a config: their names, and the sizes that they have learnt."""

from copy import deepcopy
from typing import Any

import pytest

from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config, training_config
from cytoforge.config.task import MAPS, task_of
from cytoforge.errors import UserError


def config_with(model: str, **block: Any) -> dict[str, Any]:
    raw = deepcopy(SHIPPED)
    raw["models"]["gan"] = {"model": model, "dataset": "tiles7", "preset": "fast"}
    raw["sets"] = {"drawn": {"maps_by": "gan", "count": 2, **block}}
    return raw


@pytest.mark.parametrize("name", ["stylegan2", "stylegan3-t", "stylegan3-r", "stylegan3_r"])
def test_a_dash_in_a_models_name_is_one_of_its_folder(name):
    config = load_config(config_with(name))
    assert config.models["gan"].model == name.replace("-", "_")
    training = training_config("gan", config.models["gan"])
    assert (training.task, task_of(training).makes) == ("noise_to_labels", MAPS)


def test_another_name_is_answered_with_the_nearest():
    with pytest.raises(UserError, match="did you mean `stylegan3-"):
        load_config(config_with("stylegan3-s"))


def test_maps_have_the_side_that_was_learnt():
    load_config(config_with("stylegan2", size_px=[64, 64]))
    with pytest.raises(UserError, match=r"sets.drawn.size_px: 'gan' draws .* of 64 px"):
        load_config(config_with("stylegan2", size_px=[512, 512]))


def test_a_side_that_is_not_given_is_the_largest_that_fits_into_tiles():
    raw = config_with("stylegan2")
    raw["models"]["gan"]["preset"] = "gpu"
    raw["datasets"]["tiles7"]["tile_px"] = 112
    raw["models"] = {"gan": raw["models"]["gan"]}
    raw["datasets"] = {"tiles7": raw["datasets"]["tiles7"]}
    training = training_config("gan", load_config(raw).models["gan"])
    assert training.for_tiles(112).size_px == 64
