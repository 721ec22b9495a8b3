"""One table of instance scores: means over images, pooled, and by class."""

import numpy as np
import pytest

from cytoforge.metrics.instance_table import InstanceField, instance_table
from cytoforge.segmentation.instance_classes import ClassedField

CLASSES = np.array([0, 1, 2, 2])
NAMES = {1: "stroma", 2: "epithelium"}


def field(unit: str, truth: list[int], found: list[int]) -> InstanceField:
    """A line of pixels; each object is 30 px long, so that no centroid is near another's."""
    lines = [np.repeat(np.array([side]), 30, axis=1) for side in (truth, found)]
    return InstanceField(ClassedField(*lines, CLASSES, CLASSES), unit)


@pytest.fixture
def fields() -> list[InstanceField]:
    return [
        field("a", [1, 0, 2], [1, 0, 2]),  # both right
        field("b", [1, 0, 2], [1, 0, 0]),  # one missed
        field("b", [1, 0, 0], [2, 0, 3]),  # of another class, and one invented
        field("c", [0, 0, 0], [0, 0, 0]),  # nothing
    ]


def test_means_leave_out_images_without_objects_and_pooled_values_count_objects(fields):
    table = instance_table(fields).set_index("metric")
    assert table.loc["pq", "value"] == pytest.approx(np.mean([1, 2 / 3, 2 / 3]))
    assert (table.loc["pq", "n"], table.loc["pq", "interval"]) == (3, "range of 2 images")
    assert table.loc["pq_pooled", "value"] == pytest.approx(4 / (4 + 0.5 + 0.5))
    assert table.loc["f1", "value"] == pytest.approx(8 / (8 + 1 + 1))
    assert table.loc["f1", "unit_values"].startswith("1 0.666667")  # c has nothing to count


def test_with_classes(fields):
    table = instance_table(fields, NAMES).set_index(["metric", "class"])["value"]
    assert table["bpq", ""] == pytest.approx(np.mean([1, 2 / 3, 2 / 3]))
    assert table["mpq", ""] == pytest.approx(np.mean([1, 1 / 2, 0]))
    assert table["pq", "stroma"] == pytest.approx(np.mean([1, 1, 0]))
    assert table["f1_detected", ""] == table["f1", ""]
    # Stroma: two pairs, one pair of which one side alone is stroma.
    assert table["f1_class", "stroma"] == pytest.approx(4 / (4 + 2))
    # Epithelium: one pair, that same wrong pair, one missed, one invented.
    assert table["f1_class", "epithelium"] == pytest.approx(2 / (2 + 2 + 1 + 1))
