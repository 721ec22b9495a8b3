"""Configs as an attacker would write them.

Snakemake reads config files, before any line of ours; SECURITY.md says what that means.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.common.configfile import load_configfile
from snakemake_interface_common.exceptions import WorkflowError

from cytoforge.config import load
from cytoforge.config.load import load_config
from cytoforge.errors import UserError
from tests.security.attack import assert_helpful
from tests.workflow.tiny_project import tiny_config

TAG = '!!python/object/apply:os.mkdir ["pwned"]'


def refused(config: Any) -> str:
    with pytest.raises(UserError) as caught:
        load_config(config)
    assert_helpful(caught.value, "config")
    assert len(str(caught.value)) < 5000
    return str(caught.value)


def anchors(depth: int = 12) -> Any:
    """Return a list of nine lists of nine lists …: 9^12 entries behind a few hundred bytes."""
    lines = ["a0: &a0 [l,l,l,l,l,l,l,l,l]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, depth)]
    return yaml.safe_load("\n".join(lines))[f"a{depth - 1}"]


@pytest.mark.parametrize(
    "tag",
    [
        TAG,
        '!!python/object/new:os.mkdir ["pwned"]',
        "!!python/module:os",
        '!!python/object:pathlib.Path {_a: "pwned"}',
    ],
)
def test_a_python_tag_stops_snakemake_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tag: str
):
    """The loader that Snakemake uses, with its settings."""
    (tmp_path / "config.yaml").write_text(f"samples: {tag}\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkflowError, match="not valid JSON or YAML"):
        load_configfile(tmp_path / "config.yaml")
    assert not (tmp_path / "pwned").exists()


def test_a_config_may_be_a_program_which_is_why_it_must_be_trusted(tmp_path: Path):
    """SECURITY.md says so; if Snakemake no longer does it, say something else there."""
    (tmp_path / "config.yaml").write_text("__use_yte__: true\nsamples: ?str(6 * 7)\n")
    assert load_configfile(tmp_path / "config.yaml") == {"samples": "42"}


def test_a_python_tag_in_a_preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "pix2pix").mkdir()
    (tmp_path / "pix2pix" / "fast.yaml").write_text(f"steps: {TAG}\n")
    monkeypatch.setattr(load, "PRESETS", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert "not a YAML file" in refused(tiny_config())
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../../etc",
        "a/b",
        "..",
        "-rf",
        "a b",
        "$(touch pwned)",
        "<b>",
        "=1",
        "{image}",
        "a\n",
        "ä",
        "",
    ],
)
@pytest.mark.parametrize("section", ["segmentations", "references", "datasets", "models"])
def test_a_block_whose_name_could_lead_somewhere(section: str, name: str):
    """Names of blocks become folders and wildcards."""
    config = tiny_config()
    config[section][name] = next(iter(config[section].values()))
    assert section in refused(config)


@pytest.mark.parametrize("preset", ["../pix2pix/fast", "/etc/passwd", "a/../fast"])
def test_a_preset_cannot_lead_to_another_file(preset: str):
    config = tiny_config()
    config["models"]["four"]["preset"] = preset
    assert "models.four.preset" in refused(config)


@pytest.mark.parametrize("model", ["os", "../evil", "registry", "cytoforge.training.launch"])
def test_a_model_cannot_be_another_module(model: str):
    config = tiny_config()
    config["models"]["four"]["model"] = model
    assert "models.four.model" in refused(config)


@pytest.mark.parametrize("key", ["seed", "images", "models", "unknown", "samples"])
def test_anchors_that_unfold_to_gigabytes(key: str):
    config = {**tiny_config(), key: anchors()}
    assert key in refused(config)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        pytest.param(None, "seed", 10**5000, id="5000 digits"),
        (None, "seed", -1),
        (None, "seed", 2**63),
        ("images", "max_megapixels", float("nan")),
        ("images", "max_megapixels", -1),
        ("images", "pixel_size_um", float("-inf")),
        ("metrics", "patch_px", "9" * 100_000),
        ("split", "block_px", 1e400),
    ],
)
def test_numbers_beyond_numbers(section: str | None, key: str, value: Any):
    config = tiny_config()
    (config if section is None else config[section])[key] = value
    assert key in refused(config)


@pytest.mark.parametrize(
    "channel",
    ["=1+1", "+cmd|' /C calc'!A0", "-1", "@x", "'x", "", " ", "a\nb", "\x1b[2J", "a" * 81],
)
def test_a_channel_that_a_spreadsheet_or_terminal_would_run(channel: str):
    config = tiny_config()
    config["images"]["channels"] = [channel]
    assert "images.channels.0" in refused(config)


@pytest.mark.parametrize(
    "channel", ["DAPI (405 nm)", "α-tubulin", "c0", "F-actin/phalloidin", "CD3+"]
)
def test_the_names_that_channels_have(channel: str):
    config = tiny_config()
    config["images"]["channels"] = [channel]
    assert load_config(config).images.channels == (channel,)
