"""The page that is written while training runs."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cytoforge.images.picture import write_png
from cytoforge.report import live
from cytoforge.report.live_part import _last_values, live_block, trainings

NOW = 1_000_000.0
HEAD = "step,epoch,images_seen,learning_rate,g_gan,d_real,d_r1,val_l1,val_lpips\n"


def started(results: Path, name: str, *, seen: float = NOW, total: int | None = 400) -> Path:
    """A training with 100 of so many steps done, 2 a second; its last row came at `seen`."""
    folder = results / "state" / name
    folder.mkdir(parents=True)
    rows = ["50,1,100,0.0002,0.8,0.6,0,0.25,", "100,2,200,0.0002,0.7,0.5,0.1,0.2,"]
    (folder / "history.csv").write_text(HEAD + "\n".join(rows) + "\n")
    progress = {"step": 100, "total": total, "steps_per_second": 2.0}
    (folder / "progress.json").write_text(json.dumps(progress))
    write_png(folder / "sheets" / "step_0000050.png", np.full((4, 6, 3), 90, np.uint8))
    write_png(folder / "sheets" / "step_0000100.png", np.full((4, 6, 3), 90, np.uint8))
    os.utime(folder / "history.csv", (seen, seen))
    return folder


def test_a_training_that_leaves_rows_runs(tmp_path: Path):
    started(tmp_path, "one")
    (found,) = trainings(tmp_path, NOW + 10)
    assert (found.status, found.step, found.total) == ("running", 100, 400)
    assert found.seconds_left == 150  # 300 steps at 2 a second
    facts = dict(live_block(found)["facts"])
    assert facts["step"] == "100 of 400"
    assert facts["left"] == "about 2 min 30 s"
    assert facts["validation L1"] == "0.200, best 0.200"


def test_time_left_is_unknown_where_time_ends_the_training(tmp_path: Path):
    started(tmp_path, "one", total=None)
    (found,) = trainings(tmp_path, NOW)
    assert dict(live_block(found)["facts"])["left"] == "–"


def test_one_without_a_row_for_long_is_silent(tmp_path: Path):
    started(tmp_path, "one")
    assert trainings(tmp_path, NOW + 149)[0].status == "running"  # rows come 25 s apart
    assert trainings(tmp_path, NOW + 151)[0].status == "silent"


def test_one_whose_model_was_written_has_finished(tmp_path: Path):
    started(tmp_path, "one")
    totals = tmp_path / "models" / "one" / "training.json"
    totals.parent.mkdir(parents=True)
    totals.write_text("{}")
    os.utime(totals, (NOW + 1, NOW + 1))
    assert trainings(tmp_path, NOW + 5)[0].status == "finished"
    os.utime(totals, (NOW - 1, NOW - 1))  # the model of an earlier training
    assert trainings(tmp_path, NOW + 5)[0].status == "running"


def test_the_newest_sheet_is_shown(tmp_path: Path):
    started(tmp_path, "one")
    sheet = live_block(trainings(tmp_path, NOW)[0])["sheet"]
    assert sheet.title.endswith("step 100")


def test_the_curves_are_drawn_with_losses_in_the_groups_that_the_model_names(tmp_path: Path):
    folder = started(tmp_path, "one")
    progress = json.loads((folder / "progress.json").read_text())
    progress["losses"] = {"all of them": ["g_gan", "d_real", "d_r1"]}
    (folder / "progress.json").write_text(json.dumps(progress))
    figure = live_block(trainings(tmp_path, NOW)[0])["figure"]
    assert ">All of them losses<" in figure
    assert ">discriminator, R1<" in figure
    assert ">Validation L1<" in figure


def test_the_best_psnr_is_the_highest_and_the_best_l1_the_lowest():
    rows = [{"val_l1": "0.2", "val_psnr": "21"}, {"val_l1": "0.3", "val_psnr": "18"}]
    assert _last_values(rows) == [
        ("validation L1", "0.300, best 0.200"),
        ("validation PSNR (dB)", "18.0, best 21.0"),
    ]


def test_once_writes_the_page_and_nothing_else(tmp_path: Path):
    started(tmp_path, "a&b", seen=time.time())
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert live.main([str(tmp_path), "--once"]) == 0
    page = tmp_path / "report" / "live.html"
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert set(after) - set(before) == {page}
    assert all(after[path] == mtime for path, mtime in before.items())
    text = page.read_text()
    assert "1 training in progress" in text
    assert "a&amp;b" in text and "a&b" not in text
    assert 'http-equiv="refresh"' not in text


def test_watching_ends_when_nothing_runs_and_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    started(tmp_path, "one", seen=time.time() - 3600)
    pages: list[str] = []
    written = live.write_live_page

    def keep(results: Path, found: list, every_s: int | None) -> Path:
        page = written(results, found, every_s)
        pages.append(page.read_text())
        return page

    monkeypatch.setattr(live, "write_live_page", keep)
    live.watch(tmp_path, every_s=1, patience_s=0.5)
    assert [('content="1"' in page) for page in pages] == [True, False]
    assert "this page is no longer updated" in pages[-1]


def test_a_missing_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert live.main([str(tmp_path / "elsewhere")]) == 1
    assert "elsewhere" in capsys.readouterr().err


def test_watching_takes_no_memory_for_torch():
    program = "import sys, cytoforge.report.live; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert found.stdout.strip() == "False"
