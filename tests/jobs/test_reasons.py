"""Snakemake's reasons for a job, shortened to what a reader needs."""

import pytest

from cytoforge.jobs.reasons import MOST_CHARACTERS, short_reason

PARAMS = (
    "Params have changed since last execution: Union of exclusive params before and now across all"
    " output: before: {} now: {} "
)
CHANGES = [
    (
        "{'a': 1, 'steps': 4, 'b': [1]}",
        "{'a': 1, 'steps': 600, 'b': [1]}",
        "'steps': 4 → 'steps': 600",
    ),
    (
        "{'tile_px': 64}",
        "{'tile_px': 64, 'overlap': 0.5}",
        "'tile_px': 64 → 'tile_px': 64, 'overlap': 0.5",
    ),
    ("'3fa'", "'9cd'", "'3fa' → '9cd'"),
    ("<nothing exclusive>", "{'a': 1}", "<nothing exclusive> → {'a': 1}"),
]


@pytest.mark.parametrize(("before", "now", "told"), CHANGES)
def test_of_settings_only_the_changed_ones_are_told(before: str, now: str, told: str):
    assert short_reason(PARAMS.format(before, now)) == f"Params have changed: {told}"


def test_of_many_files_three_are_named():
    files = ", ".join(f"results/images/{name}.ome.tif" for name in range(400))
    reason = short_reason(
        f"Missing output files: a, b; Input files updated by another job: {files}"
    )
    assert reason == (
        "Missing output files: a, b; Input files updated by another job: results/images/0.ome.tif,"
        " results/images/1.ome.tif, results/images/2.ome.tif and 397 more"
    )


def test_other_reasons_stay_as_they_are():
    for reason in ("Forced execution", "Code has changed since last execution", ""):
        assert short_reason(reason) == reason


def test_no_reason_fills_the_terminal():
    before, now = ("'x': 1, " * 400, "'y': 2, " * 400)
    both = f"Updated input files: {'x' * 900}; {PARAMS.format(before, now)}"
    assert len(short_reason(both)) == MOST_CHARACTERS
