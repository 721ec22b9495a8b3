"""A script that is a fork of a warm process runs as if Python had been started for it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflow import warm

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path, root: Path) -> Run:
    """A function that runs the text of a script, with variables of its own, in `tmp_path`."""

    def script(text: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        (tmp_path / "script.py").write_text(text)
        usual = {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            [*warm.job_client(), str(tmp_path / "script.py")],
            env={**os.environ, **usual, **variables},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return script


def test_it_has_the_folder_the_variables_and_the_files_of_the_client(run: Run, tmp_path: Path):
    done = run(
        "import os, sys\nprint(os.getcwd(), os.environ['WORD'], sys.argv, __name__)\n"
        "print('trouble', file=sys.stderr)\n",
        WORD="said",
    )
    assert done.stdout.split() == [str(tmp_path), "said", f"['{tmp_path}/script.py']", "__main__"]
    assert (done.stderr, done.returncode) == ("trouble\n", 0)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit('why')", 1, "why"),
        ("raise KeyError(7)", 1, "KeyError: 7"),
        ("import os\nos.kill(os.getpid(), 9)", 247, ""),
        ("from cytoforge.errors import nothing", 1, "cannot import name 'nothing'"),
    ],
)
def test_how_it_ends_is_told(run: Run, text: str, code: int, said: str):
    done = run(text)
    assert done.returncode == code
    assert said in done.stderr


def test_threads_and_what_is_registered_end_before_it_leaves(run: Run):
    done = run(
        "import atexit, threading, time\natexit.register(print, 'last')\n"
        "threading.Thread(target=lambda: (time.sleep(0.2), print('thread'))).start()\n"
        "print('script')\n"
    )
    assert done.stdout.split() == ["script", "thread", "last"]


def test_what_one_changes_no_other_finds(run: Run):
    text = "from cytoforge import errors\nprint(hasattr(errors, 'mark'))\nerrors.mark = 1\n"
    assert [run(text).stdout for _ in range(2)] == ["False\n"] * 2


def test_chance_differs(run: Run):
    text = "import random\nfrom numpy.random import random as draw\nprint(random.random(), draw())"
    first, second = (run(text).stdout.split() for _ in range(2))
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_another_clone_runs_its_own_package(run: Run, tmp_path: Path):
    text = "from cytoforge import errors\nprint(errors.__file__)\n"
    run(text)  # this clone's is imported now
    (tmp_path / "cytoforge").mkdir()
    (tmp_path / "cytoforge/errors.py").write_text("")
    found = run(text, PYTHONPATH=str(tmp_path)).stdout
    assert found == f"{tmp_path}/cytoforge/errors.py\n"


def test_torch_has_the_threads_that_its_rule_asks_for(run: Run):
    text = "from torch import get_num_threads\nprint(get_num_threads())"
    assert [run(text, OMP_NUM_THREADS=n).stdout for n in ("1", "2")] == ["1\n", "2\n"]


def test_a_client_without_a_server_fails(tmp_path: Path):
    command = [sys.executable, "-I", "-S", str(warm.CLIENT), str(tmp_path / "none"), "script.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "No such file" in done.stderr
