"""Snakemake from a process that has imported it: what takes most of a dry run is done once.

Each command is a fork of that process, at whose beginning neither rules nor project have been read.
A clone's own package is imported again. Its jobs are forks too: see `warm_jobs.py`.
"""

import gc
import hashlib
import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.workflow.forked import run_and_leave

ROOT = Path(__file__).parents[2]
CLIENT = Path(__file__).with_name("warm_client.py")


def run(
    arguments: list[str], folder: Path, root: Path, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run `python -m snakemake arguments` in a folder, by the code of a clone; return how it ended.

    Parameters
    ----------
    environment : all variables, except those that Python reads when it starts
    """
    server = _server()
    assert server.stdin and server.stdout
    with TemporaryDirectory() as printed:
        files = [Path(printed, name) for name in ("stdout", "stderr")]
        order = {
            "arguments": arguments,
            "folder": str(folder),
            "root": str(root),
            "environment": dict(environment),
            "client": job_client(),
            "files": ["/dev/null", *map(str, files)],
        }
        print(json.dumps(order), file=server.stdin, flush=True)
        code = int(server.stdout.readline())
        said = [file.read_text("utf-8", errors="replace") for file in files]
    return subprocess.CompletedProcess(arguments, code, *said)


@cache
def _server() -> "subprocess.Popen[str]":
    """Start the process that is forked; it ends with this one, whose pipe it reads."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.workflow.warm", _parsed().name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def job_client() -> list[str]:
    """Return the command before a script's path that runs it as a fork of the server of jobs."""
    _job_server()
    return [sys.executable, "-I", "-S", str(CLIENT), _job_address()]


@cache
def _job_server() -> "subprocess.Popen[bytes]":
    """Start the process whose forks are jobs; it ends with this one."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.workflow.warm_jobs", _job_address()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )
    assert server.stdout and server.stdout.readline()
    return server


def _job_address() -> str:
    return str(Path(_parsed().name, "jobs"))


@cache
def _parsed() -> "TemporaryDirectory[str]":
    """Return the folder of parsed rule files, which is removed when the tests end."""
    return TemporaryDirectory()


def _serve(kept: Path) -> None:
    """Fork for each line that is read, and answer with the fork's exit code."""
    rules = "".join(path.read_text("utf-8") for path in (ROOT / "rules").glob("*.smk"))
    wanted = set(re.findall(r"^from (cytoforge[\w.]*) import", rules, re.M))
    for name in ("snakemake.cli", "snakemake_executor_plugin_slurm", *sorted(wanted)):
        import_module(name)
    _remember_parsing(kept)
    gc.freeze()  # a fork that looked for garbage would copy all that is shared
    for line in sys.stdin:
        fork = os.fork()
        if not fork:
            _become(json.loads(line))
            return
        print(os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]), flush=True)


def _remember_parsing(kept: Path) -> None:
    """Let Snakemake parse a rule file once: a third of what is left of a dry run."""
    workflow = import_module("snakemake.workflow")
    parse = workflow.parse

    def remembered(
        path: Any, into: object, linemap: dict[int, int], rulecount: int
    ) -> tuple[str, int]:
        name = path.get_path_or_uri(secret_free=True)
        key = f"{name}\0{rulecount}\0".encode() + Path(name).read_bytes()
        file = kept / hashlib.sha256(key).hexdigest()
        if not file.exists():
            text, count = parse(path, into, linemap, rulecount=rulecount)
            file.write_text(json.dumps([text, count, list(linemap.items())]), "utf-8")
        text, count, lines = json.loads(file.read_text("utf-8"))
        linemap |= dict(lines)
        return text, count

    workflow.parse = remembered


def _fork_jobs(client: list[str]) -> None:
    """Let Snakemake start a client of the server of jobs where it would start Python."""
    script = import_module("snakemake.script").PythonScript
    execute = script._execute_cmd

    def forked(self: object, command: str, **named: Any) -> object:
        if named.get("is_python_script"):
            named["py_exec"] = shlex.join(client)
        return execute(self, command, **named)

    script._execute_cmd = forked


def _become(order: dict[str, Any]) -> None:
    """Be `python -m snakemake`, as if started in the folder."""
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    for number, name in enumerate(order["files"]):
        opened = os.open(name, os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    if order["root"] != str(ROOT):
        for module in [name for name in sys.modules if name.split(".")[0] == "cytoforge"]:
            del sys.modules[module]
    _fork_jobs(order["client"])
    sys.path[0] = order["folder"]
    sys.argv[1:] = order["arguments"]
    run_and_leave(lambda: runpy.run_module("snakemake", run_name="__main__", alter_sys=True))


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
