"""Fixtures of the metrics' tests."""

from pathlib import Path

import pytest

from cytoforge.metrics import weight_files


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No weight file is to be found anywhere, whatever this machine has."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("CYTOFORGE_WEIGHTS", raising=False)
    monkeypatch.setattr(weight_files, "FETCHED", tmp_path / "fetched")
