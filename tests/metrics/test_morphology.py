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


def test_real_and_synthetic_cells_are_held_against_the_same_other_cells():
    # A copy of the test cells lies at 0 from them, below two real sets; but it lies exactly as far
    # from the other real cells as the test cells themselves do.
    real, other = cells([1, 2, 3]), cells([3, 4, 5])
    series = {"generator": real, "blobs": cells([9, 10, 11]), "real_vs_real": other}
    table = morphology_table(real, series, "real_vs_real").set_index(["series", "property"])
    sd = np.std([1, 2, 3])
    area = table.xs("area_px", level="property")
    assert area["wasserstein"].tolist() == pytest.approx([0, 8, 2])
    assert area["other_real_sd"].tolist() == pytest.approx([2 / sd, 6 / sd, 2 / sd])


def test_without_other_cells_nothing_is_held_against_them():
    assert morphology_table(cells([1, 2]), {"generator": cells([1])})["other_real_sd"].isna().all()
