"""Areas, widths and speeds of a gap that is drawn."""

import csv
from pathlib import Path

import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.images.samples import Sample
from cytoforge.images.time_series import Frame, frames_of
from cytoforge.report.gap_figure import draw_series
from cytoforge.segmentation.gap_series import (
    Measured,
    edge_px_per_h,
    measure_series,
    wound_of,
    write_series,
)
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from cytoforge.segmentation.segmentation_file import write_segmentation


def drawn(*boxes: tuple[slice, slice], shape=(60, 100)) -> np.ndarray:
    gap = np.zeros(shape, bool)
    for box in boxes:
        gap[box] = True
    return gap


def test_width_of_a_straight_wound_and_a_pocket_beside_it():
    wound = wound_of(drawn(np.s_[:, 30:50], np.s_[5:10, 80:90]), down=True)
    assert (wound.area_px, wound.pockets_px, wound.parts) == (1200, 50, 1)
    assert wound.quartiles_px == (20, 20, 20)
    assert wound.length_px == 60


def test_a_wound_across_the_columns_is_measured_column_by_column():
    wound = wound_of(drawn(np.s_[10:25, :]), down=False)
    assert wound.quartiles_px == (15, 15, 15)
    assert wound.length_px == 100


def test_a_bridged_wound_has_two_parts_and_no_width_on_the_bridge():
    wound = wound_of(drawn(np.s_[:20, 30:50], np.s_[25:, 30:50]), down=True)
    assert wound.parts == 2
    assert wound.length_px == 55


def test_a_cell_that_floats_in_the_wound_does_not_close_it():
    gap = drawn(np.s_[:, 30:50])
    gap[20:25, 38:42] = False
    assert wound_of(gap, down=True).area_px == 1200


def test_a_wound_that_lies_askew_is_as_wide_as_across_it():
    """A band along the diagonal, 20 px wide across: 28 px in each row."""
    rows, columns = np.mgrid[:200, :300]
    wound = wound_of(np.abs(columns - rows - 50) <= 10 * np.sqrt(2), down=True)
    assert wound.quartiles_px[1] == pytest.approx(20, abs=0.8)
    assert wound.length_px == pytest.approx(200 * np.sqrt(2), rel=0.02)


def series(widths: list[int], size_um: float | None = None) -> list[Measured]:
    return [
        Measured(Frame("a", 2.0 * k, f"f{k}"), wound_of(drawn(np.s_[:, :width]), True), size_um)
        for k, width in enumerate(widths)
    ]


def test_each_edge_moves_by_half_of_what_the_width_loses():
    assert edge_px_per_h(series([50, 46, 42])) == pytest.approx(1.0)  # 4 px in 2 h, two edges


@pytest.mark.parametrize(
    ("widths", "speed"),
    [([40, 0], 10), ([40, 20, 0], 5), ([40, 20, 0, 0, 0, 0], 5)],
    ids=["at once", "in two steps", "and stays closed"],
)
def test_edges_of_a_wound_that_closes_are_no_faster_for_it(widths: list[int], speed: float):
    assert edge_px_per_h(series(widths)) == pytest.approx(speed)  # a frame every 2 h


def test_a_bridge_makes_the_other_edges_no_faster():
    first, second = drawn(np.s_[:, :40]), drawn(np.s_[30:, :40])  # 60 rows, half of them closed
    frames = [
        Measured(Frame("a", 10.0 * k, f"f{k}"), wound_of(gap, True), None)
        for k, gap in enumerate((first, second))
    ]
    assert edge_px_per_h(frames) == pytest.approx(1.0)  # 20 px of mean width in 10 h, two edges


def test_a_closed_gap_and_a_single_frame_have_no_speed():
    assert edge_px_per_h(series([0, 0])) is None
    assert edge_px_per_h(series([50])) is None


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tables_of_a_series(tmp_path):
    tables = [tmp_path / f"{name}.csv" for name in "fsw"]
    write_series(series([50, 46, 48, 0], size_um=0.5), *tables)
    rows, widths = read(tables[0]), read(tables[2])
    assert len(widths) == 3 * 60
    assert list(widths[61].values()) == ["a", "f1", "2.0", "row", "1", "46.0"]
    assert [row["area_fraction"] for row in rows] == ["0.5", "0.46", "0.48", "0.0"]
    assert [row["edge_um_per_h"] for row in rows][:2] == ["", "0.5"]
    assert [row["width_um"] for row in rows] == ["25.0", "23.0", "24.0", "0.0"]
    assert [row["grew"] for row in rows] == ["no", "no", "yes", "no"]
    (whole,) = read(tmp_path / "s.csv")
    assert (whole["closed_fraction"], whole["frames_that_grew"]) == ("1.0", "1")


def test_without_a_pixel_size_nothing_is_said_in_micrometres(tmp_path):
    write_series(series([50, 46]), *(tmp_path / f"{name}.csv" for name in "fsw"))
    assert {row["width_um"] + row["edge_um_per_h"] for row in read(tmp_path / "f.csv")} == {""}
    assert read(tmp_path / "s.csv")[0]["edge_px_per_h"] == "1.0"


def test_segmentations_are_measured_with_their_pixel_size_and_drawn(tmp_path):
    files = {}
    for name, width in (("early", 30), ("late", 24)):
        files[name] = tmp_path / f"{name}.ome.tif"
        gap = drawn(np.s_[20 : 20 + width, :])  # across: the direction of the series' first wound
        write_segmentation(files[name], Segmentation({"gap": ObjectPlane(gap)}, "by hand"), 0.65)
    frames = (Frame("w", 0, "early"), Frame("w", 3, "late"))
    measured = measure_series(frames, files)
    assert [one.wound.quartiles_px[1] for one in measured] == [30, 24]
    assert measured[0].pixel_size_um == pytest.approx(0.65)
    draw_series(measured, tmp_path / "gap.svg")
    assert "width (µm)" in (tmp_path / "gap.svg").read_text(encoding="utf-8")
    assert (tmp_path / "gap.pdf").read_bytes().startswith(b"%PDF")


def sample(name: str, **columns: str) -> Sample:
    return Sample(name, {"path": "x"}, columns=columns)


def test_frames_are_sorted_by_series_and_hours_not_by_their_text():
    samples = [
        sample("c", time_h="10", well="A1"),
        sample("b", time_h="9", well="A1"),
        sample("a", time_h="0", well="B1", series="left"),
        sample("photo", well="A1"),
    ]
    assert [frame.image for frame in frames_of(samples)] == ["b", "c", "a"]
    assert [frame.series for frame in frames_of(samples)] == ["A1", "A1", "left"]


@pytest.mark.parametrize(
    ("times", "words"), [(("soon", "1"), "'soon' is no number"), (("2", "2.0"), "a and b are both")]
)
def test_times_that_make_no_series_are_refused(times, words):
    with pytest.raises(UserError) as error:
        frames_of([sample("a", time_h=times[0]), sample("b", time_h=times[1])])
    assert words in error.value.found
