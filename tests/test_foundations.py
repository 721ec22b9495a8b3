"""Seeds by name, whole files or none, hashes, and errors that speak to the user."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from cytoforge.errors import UserError, told
from cytoforge.jobs.atomic import atomic_path, write_json
from cytoforge.jobs.gpus import count_gpus
from cytoforge.jobs.provenance import git_commit, hash_settings, sha256_file, versions
from cytoforge.seeds import derive_seed, generator


def test_a_seed_depends_on_its_name_only():
    assert derive_seed(1, "tiles", "a") == derive_seed(1, "tiles", "a")
    assert derive_seed(1, "tiles", "a") != derive_seed(1, "tiles", "b")
    assert derive_seed(1, "ab", "c") != derive_seed(1, "a", "bc")
    assert derive_seed(1, "x") == 8196040417140123527  # the same on every machine


def test_generators_of_one_name_agree():
    first, second = (generator(7, "split").integers(0, 1000, 5) for _ in range(2))
    assert first.tolist() == second.tolist()


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    target = tmp_path / "result.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["result.txt"]
    assert target.read_text() == "old"


def test_json_never_holds_nan(tmp_path: Path):
    with pytest.raises(ValueError, match=r"x\.json: value = nan"):
        write_json(tmp_path / "x.json", {"value": float("nan")})
    assert not list(tmp_path.iterdir())


def test_settings_hash_ignores_the_order_of_keys():
    assert hash_settings({"a": 1, "b": [2]}) == hash_settings({"b": [2], "a": 1})


def test_sha256_of_a_file(tmp_path: Path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_file(tmp_path / "abc").startswith("ba7816bf8f01cfea414140de5dae2223")


def test_versions_and_commit_are_recorded():
    assert {"cytoforge", "python", "torch"} <= versions().keys()
    assert git_commit()


def test_an_error_says_where_what_and_what_to_do():
    error = UserError("config.yaml, seed", "a number", "'one'", "write 1")
    lines = str(error).splitlines()
    assert lines[0] == "config.yaml, seed"
    assert "a number" in lines[1]
    assert "'one'" in lines[2]
    assert "write 1" in lines[3]
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_path_that_the_system_refuses_is_told_without_a_traceback(tmp_path: Path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(SystemExit, match=r"file/x\n.*\n.*Not a directory\n.*correct the path"),
        told(),
    ):
        (tmp_path / "file/x").mkdir(parents=True)


def test_gpus_are_counted_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("nvidia0", "nvidia1", "nvidiactl"):
        (tmp_path / name).touch()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert count_gpus(tmp_path) == 2
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert count_gpus(tmp_path) == 1
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert count_gpus(tmp_path) == 0


def run_logged(body: str, tmp_path: Path, root: Path) -> subprocess.CompletedProcess[str]:
    code = f"from cytoforge.jobs.job_log import job_log\nwith job_log({str(tmp_path / 'log')!r}):\n"
    code += "".join(f"    {line}\n" for line in body.splitlines())
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )


def test_output_goes_to_the_log_and_not_to_the_terminal(tmp_path: Path, root: Path):
    done = run_logged("import os; print('python'); os.system('echo shell')", tmp_path, root)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted((tmp_path / "log").read_text().split()) == ["python", "shell"]


def test_a_user_error_is_shown_without_traceback(tmp_path: Path, root: Path):
    body = "from cytoforge.errors import UserError\nraise UserError('a.tif', 'x', 'y', 'z')"
    done = run_logged(body, tmp_path, root)
    assert done.returncode == 1
    assert "error: a.tif" in done.stderr
    assert "Traceback" not in done.stderr + (tmp_path / "log").read_text()


def test_a_defect_leaves_its_traceback_in_the_log(tmp_path: Path, root: Path):
    done = run_logged("1 / 0", tmp_path, root)
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in (tmp_path / "log").read_text()
