"""Distances of cell properties by hand."""

import numpy as np
import pandas as pd
import pytest

from cytoforge.metrics.morphology import morphology_table


def cells(areas: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"id": range(len(areas)), "area_px": areas, "intensity_dna": 0.5})


def test_a_shift_is_its_own_distance():
    table = morphology_table(cells([1, 2, 3]), {"generator": cells([11, 12, 13])})
    row = table.set_index("property").loc["area_px"]
    assert row["wasserstein"] == pytest.approx(10)
    assert row["wasserstein_sd"] == pytest.approx(10 / np.std([1, 2, 3]))
    assert row["ks"] == 1


def test_only_properties_are_compared_not_ids():
    table = morphology_table(cells([1, 2]), {"generator": cells([1, 2])})
    assert table["property"].tolist() == ["area_px", "intensity_dna"]
    assert table["wasserstein"].tolist() == [0, 0]


def test_no_cells_found_leaves_distances_undefined():
    table = morphology_table(cells([1, 2]), {"generator": cells([])})
    assert table["n"].tolist() == [0, 0]
    assert table["ks"].isna().all()
