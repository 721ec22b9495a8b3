"""The campaign of faults in a short form; `python -m benchmarks.faults` is the long one."""

from pathlib import Path

import pytest

from benchmarks.faults.__main__ import FAULTS
from benchmarks.faults.campaign import Campaign, prepare
from benchmarks.faults.trial import Trial, table

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Campaign:
    return prepare(tmp_path_factory.mktemp("faults"), root, seed=0, kills=2, short=True)


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_lost_nor_made_again_nor_left_behind(campaign: Campaign, fault: str):
    trials = list(FAULTS[fault](campaign))
    if not trials:
        pytest.skip("needs root, and the right to mount")
    assert [str(trial) for trial in trials if not trial.clean] == []


def test_the_table_counts_what_was_found():
    trials = [
        Trial("kill", "first", differing=("a",), rebuilt=("b", "c")),
        Trial("kill", "second", leftovers=("d",), unclear="why"),
        Trial("disk", "full"),
    ]
    assert [line.split() for line in table(trials).splitlines()[1:]] == [
        ["kill", "2", "1", "2", "1", "1"],
        ["disk", "1", "1", "0", "0", "0"],
    ]
