"""Predicted label maps against those wanted, by hand."""

import numpy as np
import pandas as pd
import pytest

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.references import ReferenceConfig
from cytoforge.metrics.agreement import write_agreement
from cytoforge.references.codes import code_table
from cytoforge.references.label_map_file import write_label_map
from cytoforge.split.region import Region

CODES = code_table(ReferenceConfig(segmentation="cells", levels=4))


def test_every_level_has_its_f1_inside_the_test_region(tmp_path):
    wanted = np.zeros((4, 8), np.uint8)
    wanted[:, :4] = [[1, 1, 2, 2]] * 4
    predicted = wanted.copy()
    predicted[:2, 2:4] = 1  # half of code 2 is called 1
    predicted[:, 4:] = 3  # outside the region: counts nothing
    for folder, label_map in (("wanted", wanted), ("predicted", predicted)):
        (tmp_path / folder).mkdir()
        write_label_map(tmp_path / folder / "a.tif", label_map, None)
    write_agreement(
        tmp_path / "agreement.csv",
        [tmp_path / "wanted" / "a.tif"],
        {"a": tmp_path / "predicted" / "a.tif"},
        [Region("a", "test", 0, 0, 4, 4, "a"), Region("a", "train", 0, 4, 4, 8, "a")],
        CODES,
        MetricsConfig(),
    )
    table = pd.read_csv(tmp_path / "agreement.csv")
    f1 = table[table["image"] == "all"].set_index("code")["f1"]
    assert f1[1] == pytest.approx(2 * 8 / (8 + 12))
    assert f1[2] == pytest.approx(2 * 4 / (8 + 4))
    assert set(f1.index) == {1, 2, -1}
    iou = table[table["image"] == "all"].set_index("code")["iou"]
    assert (iou[1], iou[2]) == pytest.approx((8 / 12, 4 / 8))
    assert iou[-1] == pytest.approx((8 / 12 + 4 / 8) / 2)
