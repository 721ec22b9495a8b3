"""Fixtures shared by all tests."""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

# Two workers on two cores: more threads would wait for one another. A training takes the threads
# that its config says, and so has the same bytes. Before torch is imported, and for all processes
# that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# What a shell runs in the background, or after `nohup`, ignores these, and so would all processes
# that tests start and send them to.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

ROOT = Path(__file__).parents[1]
pytest_plugins = ["tests.report.figures", "tests.tiny_trainings"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests: a worker that met them last would end alone.

    One that needs the finished project is the first of all, and builds it while the other worker
    has files that do not need it: none waits for the other (`tests/once.py`).

    Files stay whole (`--dist loadfile`): their tests share what is expensive to build, which a
    second worker would only wait for.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    tests = Counter(item.path for item in items if "finished" in getattr(item, "fixturenames", ()))
    first = max(tests, key=lambda path: tests[path], default=None)

    def turn(item: pytest.Item) -> int:
        if item.path == first:
            return 0
        return 1 + (item.path in tests) if item.path in slow else 3

    items.sort(key=turn)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def kc167_dir(root: Path) -> Path:
    """The shipped images."""
    return root / "resources" / "images"


@pytest.fixture(scope="session")
def shared_data(root: Path) -> Path:
    """Extra real images and weights beside the checkout, where present."""
    folder = root.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder of extra test material is not beside the checkout")
    return folder


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No weight file is to be found anywhere, whatever this machine has."""
    from cytoforge.pretrained import weight_files

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("CYTOFORGE_WEIGHTS", raising=False)
    monkeypatch.setattr(weight_files, "FETCHED", tmp_path / "fetched")
