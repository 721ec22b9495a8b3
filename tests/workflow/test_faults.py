"""The campaign of faults in a short form; `python -m benchmarks.faults` is the long one."""

import pytest

from benchmarks.faults.__main__ import FAULTS
from benchmarks.faults.campaign import Campaign, sums_of
from benchmarks.faults.trial import Trial, table
from tests.workflow.tiny_project import Project

pytestmark = pytest.mark.slow
# Trials of a fault that strikes more than once.
LEAST = {"kill": 2, "clock": 2, "corrupt": 2}


@pytest.fixture(scope="module")
def campaign(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    return Campaign(
        tmp_path_factory.mktemp("faults"), finished.root, seed=0, kills=2, short=True,
        undisturbed=finished, seconds=0, sums=sums_of(finished),
    )  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_lost_nor_made_again_nor_left_behind(campaign: Campaign, fault: str):
    trials = list(FAULTS[fault](campaign))
    if not trials:
        pytest.skip("needs root, and the right to mount")
    assert len(trials) >= LEAST.get(fault, 1)
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
