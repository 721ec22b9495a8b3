"""What a source has learned of two small fields, learned once."""

import pytest

from cytoforge.map_sources.learned_file import Learned
from cytoforge.map_sources.registry import learn_maps
from cytoforge.map_sources.sources.shapes import pair_potential
from tests.map_sources.training_cells import CODES, training_field


@pytest.fixture(scope="session")
def shapes() -> Learned:
    """What `shapes` has learned of two fields, with few tries for the potential."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pair_potential, "_ITERATIONS", 5)
        patch.setattr(pair_potential, "_DRAWS", 1)
        patch.setattr(pair_potential, "_TRIAL", 16.0)
        return learn_maps("shapes", [training_field(1), training_field(2)], CODES, seed=1)


@pytest.fixture(scope="session")
def perturbed() -> Learned:
    """What `perturbed` keeps of the same fields."""
    return learn_maps("perturbed", [training_field(1), training_field(2)], CODES, seed=1)
