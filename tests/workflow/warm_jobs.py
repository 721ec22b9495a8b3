"""A rule's script from a process that has imported what it imports: most of a short job.

In runs of `warm.py`, Snakemake starts `warm_client.py` in Python's stead. Each script is a fork of
this process, in which none has run. What scripts of this clone import was imported once; another
clone's package is imported again. Runs that are killed, and those on a cluster, start Python for
each script.
"""

import ast
import atexit
import gc
import json
import os
import random
import runpy
import select
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.workflow.calls import note_calls
from tests.workflow.forked import run_and_leave

ROOT = Path(__file__).parents[2]
LARGEST = 2**20


def serve(address: str) -> None:
    """Fork for each script that is sent, until standard input ends."""
    atexit.register(gc.unfreeze)  # what is never let go, libraries call leaked as they leave
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the forks that wait are waited for by nobody
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(address)
        listening.listen()
        print("listening", flush=True)
        while listening in select.select([listening, sys.stdin], [], [])[0]:
            client, _ = listening.accept()
            message, files, _, _ = socket.recv_fds(client, LARGEST, 3)
            order = json.loads(message)
            if _is_of_this_clone(order):
                _import_for(Path(order["script"]))
            gc.freeze()  # a fork that looked for garbage would copy all that is shared
            if not os.fork():
                listening.close()
                _run_and_tell(client, order, files)
                return
            for file in files:
                os.close(file)
            client.close()


def _is_of_this_clone(order: dict[str, Any]) -> bool:
    """Return whether the rules were read from this clone, which they put first on the path."""
    return str(order["environment"].get("PYTHONPATH", "")).split(os.pathsep)[0] == str(ROOT)


def _import_for(script: Path) -> None:
    """Import what a script names; what cannot be imported fails where it runs."""
    lines = ast.parse(script.read_bytes()).body
    named = [line.module for line in lines if isinstance(line, ast.ImportFrom) and line.module]
    for name in named:
        with suppress(Exception):
            import_module(name)
    if "torch" in sys.modules:
        import_module("torch._dynamo")  # which torch imports with the first optimiser


def _run_and_tell(client: socket.socket, order: dict[str, Any], files: list[int]) -> None:
    """Run a script in a fork of this process, which tells the client how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    fork = os.fork()
    if fork:
        client.send(b"%d" % (os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]) & 255))
        os._exit(0)
    _become(order, files)


def _become(order: dict[str, Any], files: list[int]) -> None:
    """Be `python script`, as if started by the client."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    script, threads = order["script"], int(order["environment"]["OMP_NUM_THREADS"])
    if not _is_of_this_clone(order):
        for module in [name for name in sys.modules if name.split(".")[0] == "cytoforge"]:
            del sys.modules[module]
    before = order["environment"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:1] = [str(Path(script).parent), *before]
    tempfile.tempdir = None  # as its environment says
    _begin(threads)
    sys.argv = [script]
    note_calls(script, ROOT)
    run_and_leave(lambda: runpy.run_path(script, run_name="__main__"))


def _begin(threads: int) -> None:
    """Have the threads of a process that began with this environment, and chances of its own."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)


if __name__ == "__main__":
    serve(sys.argv[1])
