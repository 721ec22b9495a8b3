"""The head of the page: what is said of the test images, and shares of a gap."""

from dataclasses import dataclass

import pytest

from cytoforge.metrics.metric import REAL, TRIVIAL, Metric
from cytoforge.metrics.score_tables import Value
from cytoforge.report.head_part import Column, gap_share, only_source
from cytoforge.report.tables import TableReader
from cytoforge.split.region import Region


def strip(split: str, group: str) -> Region:
    return Region("image", split, 0, 0, 8, 8, group)


@pytest.mark.parametrize(
    ("regions", "named"),
    [
        ([strip("train", "well"), strip("test", "well"), strip("test", "well")], "well"),
        ([strip("train", "a"), strip("test", "a"), strip("test", "b")], ""),
        ([strip("train", "a"), strip("test", "b")], ""),  # one, but not seen in training
    ],
)
def test_a_single_source_is_named(regions, named):
    assert only_source(regions) == named


@dataclass
class OneModel:
    """Values of one metric, lower is better, by series."""

    values: dict[str, float]


@pytest.mark.parametrize(
    ("flat", "real", "share"),
    [(0.8, 0.2, 0.75), (0.582, 0.581, None), (0.2, 0.8, None)],
)
def test_a_share_of_next_to_no_gap_is_not_given(flat, real, share):
    model = OneModel({"generator": 0.35, REAL: real, **dict.fromkeys(TRIVIAL, flat)})
    metric = Metric("lpips", "LPIPS", False, "", "")
    column = Column(metric, lambda scores, series: Value(scores.values[series]))
    assert gap_share(column, model).value == (share and pytest.approx(share))


def test_a_table_that_is_folded_away_is_read():
    reader = TableReader()
    table = "<table><caption>Of x</caption><tr><td>1</td></tr></table>"
    reader.feed(f"<details><summary>More</summary>{table}</details>")
    assert (reader.tables[0].caption, reader.tables[0].rows[0][0].text) == ("Of x", "1")
