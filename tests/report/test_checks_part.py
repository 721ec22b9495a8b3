"""The part of the page on copies of training tiles."""

import numpy as np
import pytest

from cytoforge.report.checks_part import turned_back


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("turns", range(4))
def test_a_training_patch_is_turned_back_as_the_test_patch_lies(turns: int, flipped: bool):
    patch = np.arange(9).reshape(1, 3, 3)
    matching = np.rot90(patch, turns, (-2, -1))
    matching = matching[..., ::-1] if flipped else matching
    name = f"{90 * turns}°" + (", flipped" if flipped else "")
    assert (turned_back(matching, name) == patch).all()
