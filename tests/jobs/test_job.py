"""What surrounds a script's work: damaged inputs are found, GPUs are one job's alone."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from cytoforge.errors import UserError
from cytoforge.jobs import checksums
from cytoforge.jobs.checksums import damaged_files, record, verify
from cytoforge.jobs.gpus import gpu_lease
from cytoforge.jobs.job import job


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    Path("results/tiles").mkdir(parents=True)
    return tmp_path


def made(path: str, content: bytes = b"pixels") -> Path:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content)
    return Path(path)


def given(**parts: object) -> SimpleNamespace:
    fields = {"log": ["log"], "input": [], "output": [], "resources": {}, **parts}
    return SimpleNamespace(**fields)


def test_a_whole_file_passes_and_stays():
    path = made("results/tiles/a.npy")
    record([path])
    verify([path])
    assert path.read_bytes() == b"pixels"


def test_a_file_with_another_byte_is_named_and_set_aside():
    path = made("results/tiles/a.npy")
    record([path])
    path.write_bytes(b"pixelz")
    with pytest.raises(UserError, match=r"results/tiles/a\.npy"):
        verify([path])
    assert not path.exists()
    assert Path("results/tiles/a.npy.damaged").read_bytes() == b"pixelz"


def test_files_of_the_user_have_no_record_and_are_taken_as_they_are():
    path = made("photos/a.tif")
    record([path])
    path.write_bytes(b"other")
    verify([path])
    assert not checksums.RECORDS.exists()


def test_every_file_of_a_folder_is_recorded_and_verified():
    inner = made("results/export/four/model.onnx")
    record(["results/export/four"])
    inner.write_bytes(b"other")
    with pytest.raises(UserError, match=r"model\.onnx"):
        verify(["results/export/four"])


def test_a_folder_with_a_lost_file_is_named_and_set_aside():
    inner = made("results/synthesis/four/fields/a.tif")
    made("results/synthesis/four/fields/b.tif")
    record(["results/synthesis/four/fields"])
    inner.unlink()
    with pytest.raises(UserError, match=r"fields/a\.tif(.|\n)*no file"):
        verify(["results/synthesis/four/fields"])
    assert not inner.parent.exists()
    assert Path("results/synthesis/four/fields.damaged/b.tif").is_file()


def test_a_folder_set_aside_takes_the_place_of_an_earlier_one():
    made("results/export/four.damaged/older.onnx")
    inner = made("results/export/four/model.onnx")
    record(["results/export/four"])
    inner.write_bytes(b"other")
    with pytest.raises(UserError):
        verify(["results/export/four"])
    assert [path.name for path in Path("results/export/four.damaged").iterdir()] == ["model.onnx"]


def test_a_folder_made_anew_forgets_the_files_it_no_longer_holds():
    old = made("results/export/four/old.onnx")
    record(["results/export/four"])
    old.unlink()
    made("results/export/four/new.onnx")
    record(["results/export/four"])
    assert damaged_files() == []


def test_all_results_are_verified_by_one_command():
    for name in ("whole", "changed", "lost"):
        record([made(f"results/tiles/{name}.npy")])
    Path("results/tiles/changed.npy").write_bytes(b"other")
    Path("results/tiles/lost.npy").unlink()
    assert damaged_files() == [
        "results/tiles/changed.npy: damaged or edited",
        "results/tiles/lost.npy: missing",
    ]


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda: Path("results/tiles/a.npy").unlink(), "results/tiles/a.npy: missing"),
        (lambda: shutil.rmtree(checksums.RECORDS), "1 results without a checksum, e.g. results/ti"),
        (lambda: next(checksums.RECORDS.rglob("*.sha256")).write_bytes(b"\xff"), "is damaged"),
        (lambda: shutil.rmtree("results"), "there are no results in"),
    ],
)
def test_what_cannot_be_verified_is_no_success_and_names_a_remedy(
    break_it: Callable[[], object], said: str, capsys: pytest.CaptureFixture[str]
):
    record([made("results/tiles/a.npy")])
    made("results/logs/cut_tiles.log")
    break_it()
    with pytest.raises(SystemExit) as left:
        checksums.main()
    assert left.value.code == 1
    shown = capsys.readouterr().out
    assert said in shown
    assert "made again by the command of the run" in shown


def test_records_are_what_sha256sum_reads():
    record([made("results/tiles/a.npy")])
    listed = Path("results/checksums/tiles/a.npy.sha256")
    done = subprocess.run(["sha256sum", "--check", listed], capture_output=True, check=False)
    assert done.returncode == 0


def test_a_job_that_fails_records_nothing():
    with pytest.raises(SystemExit), job(given(output=["results/tiles/a.npy"])):
        made("results/tiles/a.npy")
        raise UserError("a", "b", "c", "d")
    assert not checksums.RECORDS.exists()


def gpus(folder: Path, count: int) -> Path:
    folder.mkdir()
    for index in range(count):
        (folder / f"nvidia{index}").touch()
    return folder


def test_two_jobs_get_two_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    devices = gpus(tmp_path / "dev", 2)
    with gpu_lease(1, tmp_path, devices) as first:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES")  # the other job is Snakemake's child, not ours
        code = "import sys, pathlib; from cytoforge.jobs.gpus import gpu_lease\n"
        code += "folder, devices = map(pathlib.Path, sys.argv[1:])\n"
        code += "with gpu_lease(1, folder, devices) as taken: pass"
        other = subprocess.run(
            [sys.executable, "-c", code, tmp_path, devices],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
            timeout=60,
        )
    assert first == ["0"]
    assert other.stdout == "GPU 1 (CUDA_VISIBLE_DEVICES)\n"


def test_a_gpu_is_free_again_after_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    devices = gpus(tmp_path / "dev", 1)
    with gpu_lease(1, tmp_path, devices) as first:
        pass
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    with gpu_lease(1, tmp_path, devices) as second:
        assert first == second == ["0"]


def test_a_killed_job_frees_its_gpu(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch):
    devices = gpus(tmp_path / "dev", 1)
    code = "import sys, time, pathlib; from cytoforge.jobs.gpus import gpu_lease\n"
    code += "with gpu_lease(1, *map(pathlib.Path, sys.argv[1:])): time.sleep(60)"
    command = [sys.executable, "-c", code, str(tmp_path), str(devices)]
    child = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline().startswith("GPU 0")
    child.kill()
    child.wait()
    with gpu_lease(1, tmp_path, devices) as taken:
        assert taken == ["0"]
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")


def test_only_gpus_the_user_allows_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    with gpu_lease(2, tmp_path, tmp_path) as taken:
        assert taken == ["3", "5"]


@pytest.mark.parametrize("count", [0, 1])
def test_without_gpus_nothing_is_set(tmp_path: Path, count: int):
    with gpu_lease(count, tmp_path, tmp_path) as taken:
        assert taken == []


def test_the_choice_of_a_scheduler_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    with gpu_lease(1, tmp_path, tmp_path) as taken:
        assert taken == []


def test_more_gpus_than_there_are_is_an_error(tmp_path: Path):
    with (
        pytest.raises(UserError, match="processes: 2"),
        gpu_lease(3, tmp_path, gpus(tmp_path / "dev", 2)),
    ):
        pass


IN_A_CLOSED_TERMINAL = """
import os, pty, sys
from cytoforge.jobs.job_log import job_log
master, slave = pty.openpty()
os.dup2(slave, 2)
os.close(slave)
with job_log("log") as terminal:
    os.close(master)
    if sys.argv[1] == "leaves":
        terminal.write("state saved")
        raise SystemExit(75)
    raise KeyError("the reason")
"""


@pytest.mark.parametrize(
    ("how", "code", "logged"), [("leaves", 75, ""), ("fails", 1, "the reason")]
)
def test_a_closed_terminal_changes_neither_exit_code_nor_log(root, how, code, logged):
    command = [sys.executable, "-c", IN_A_CLOSED_TERMINAL, how]
    done = subprocess.run(command, env={"PYTHONPATH": str(root)}, check=False)
    assert done.returncode == code
    assert logged in Path("log").read_text()
