"""What is generated from the typed config and the lock is up to date; every preset parses."""

import importlib.util
from pathlib import Path

import pytest
import yaml

from cytoforge.config import generate
from cytoforge.config.base import keys_of
from cytoforge.config.load import load_config

GENERATED = generate.generated_files()


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_generated_file_is_current(root: Path, name: str):
    assert (root / name).read_text("utf-8") == GENERATED[name], "run `make config`"


def test_the_shipped_yaml_is_the_shipped_config(root: Path):
    raw = yaml.safe_load((root / "config" / "config.yaml").read_text("utf-8"))
    assert load_config(raw) == load_config(generate.SHIPPED)


def test_conda_files_hold_the_locked_versions(root: Path):
    spec = importlib.util.spec_from_file_location("envs_generate", root / "envs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, text in module.generated_files().items():
        assert (root / name).read_text("utf-8") == text, "run `make envs`"


def test_every_key_is_in_the_manual(root: Path):
    manual = (root / "config" / "README.md").read_text("utf-8")
    for _, model in generate._sections():
        for key, field in keys_of(model).items():
            assert f"| `{key}` |" in manual
            assert field.description, f"{model.__name__}.{key} has no description"
