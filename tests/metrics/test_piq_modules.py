"""Modules of piq without the package around them, which imports torchvision."""

import sys

import pytest
import torch

from cytoforge.metrics.piq_modules import piq_module


@pytest.fixture
def not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "piq"]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.usefixtures("not_imported")
def test_a_module_comes_without_the_package_around_it():
    haarpsi = piq_module("haarpsi").haarpsi
    assert haarpsi(torch.ones(1, 1, 32, 32), torch.ones(1, 1, 32, 32)).isfinite()
    assert not {"piq", "piq.feature_extractors"} & set(sys.modules)


@pytest.mark.usefixtures("not_imported")
def test_where_the_package_is_imported_already_its_module_is_taken():
    import piq

    assert piq_module("mdsi").mdsi is piq.mdsi
    assert sys.modules["piq"] is piq
