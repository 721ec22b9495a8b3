"""Where weights are looked for, in which order, and what is said when they are not there."""

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from cytoforge.config.metrics import MetricsConfig
from cytoforge.errors import UserError
from cytoforge.jobs.digests import Digests
from cytoforge.metrics.registry import PAIR_METRICS, SET_METRICS
from cytoforge.pretrained import weight_files
from cytoforge.pretrained.weight_files import read_table, refuse_damaged, weights_state
from cytoforge.pretrained.weights import Missing, find_weights, load_weights

CONTENT = b"weights"
NAME = "tiny.pth"


@pytest.fixture(autouse=True)
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty torch hub cache, no folder in the environment, `make weights` not run."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("CYTOFORGE_WEIGHTS", raising=False)
    monkeypatch.setattr(weight_files, "FETCHED", tmp_path / "fetched")
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of one file."""
    return write_table(tmp_path, "-", "-")


def write_table(folder: Path, address: str, package: str) -> Path:
    path = folder / "weights.tsv"
    digest = hashlib.sha256(CONTENT).hexdigest()
    head = "# a comment\nname\tfile\tsha256\taddress\tpackage\n"
    path.write_text(f"{head}tiny\t{NAME}\t{digest}\t{address}\t{package}\n")
    return path


def put(folder: Path, content: bytes = CONTENT) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / NAME).write_bytes(content)
    return folder / NAME


def test_the_folder_of_the_config_comes_first(tmp_path: Path, hub: Path, table: Path):
    put(hub)
    mine = put(tmp_path / "mine")
    assert find_weights("tiny", MetricsConfig(weights_dir=str(mine.parent)), table) == mine


def test_then_the_folder_of_the_environment(
    tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
):
    mine = put(tmp_path / "mine")
    monkeypatch.setenv("CYTOFORGE_WEIGHTS", str(mine.parent))
    assert find_weights("tiny", MetricsConfig(), table) == mine


def test_then_the_hub_cache(hub: Path, table: Path):
    cached = put(hub)
    assert find_weights("tiny", MetricsConfig(), table) == cached


def test_the_folder_of_make_weights_comes_before_the_hub_cache(
    tmp_path: Path, hub: Path, table: Path
):
    put(hub)
    fetched = put(tmp_path / "fetched")
    assert find_weights("tiny", MetricsConfig(), table) == fetched


def test_a_file_with_another_hash_is_never_used(tmp_path: Path, table: Path):
    wrong = put(tmp_path / "mine", b"tampered")
    found = find_weights("tiny", MetricsConfig(weights_dir=str(wrong.parent)), table)
    assert isinstance(found, Missing)
    assert str(wrong) in found.reason


def test_damaged_weights_are_as_good_as_none_until_they_are_whole_again(
    tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(weight_files, "read_table", lambda: read_table(table))
    config, states = MetricsConfig(weights_dir=str(tmp_path / "mine")), []
    for content in (b"tampered", CONTENT):
        put(tmp_path / "mine", content)
        states.append(weights_state(config, Digests(tmp_path / "kept")))
    assert states == [{"tiny": "missing"}, {"tiny": NAME}]


def test_a_training_is_not_begun_with_damaged_weights(
    tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(weight_files, "read_table", lambda: read_table(table))
    config = MetricsConfig(weights_dir=str(tmp_path / "mine"))
    refuse_damaged("tiny", config, Digests(tmp_path / "kept"))  # absent: nothing to refuse
    put(tmp_path / "mine", b"tampered")
    with pytest.raises(UserError, match="damaged"):
        refuse_damaged("tiny", config, Digests(tmp_path / "kept"))
    put(tmp_path / "mine")
    refuse_damaged("tiny", config, Digests(tmp_path / "kept"))


def test_a_missing_file_says_how_to_get_it(tmp_path: Path):
    table = write_table(tmp_path, "https://example.org/tiny.pth", "carrier==1.0")
    found = find_weights("tiny", MetricsConfig(), table)
    assert isinstance(found, Missing)
    assert NAME in found.reason
    for way in ("https://example.org/tiny.pth", "make weights", "CYTOFORGE_WEIGHTS"):
        assert way in found.how_to
    assert str(found).startswith("skipped: ")


def test_downloads_only_when_allowed(tmp_path: Path, hub: Path):
    source = put(tmp_path / "publisher")
    table = write_table(tmp_path, source.as_uri(), "-")
    assert isinstance(find_weights("tiny", MetricsConfig(), table), Missing)
    assert find_weights("tiny", MetricsConfig(download=True), table) == hub / NAME
    assert (hub / NAME).read_bytes() == CONTENT


def test_a_download_with_another_hash_is_thrown_away(tmp_path: Path, hub: Path):
    source = put(tmp_path / "publisher", b"tampered")
    table = write_table(tmp_path, source.as_uri(), "-")
    found = find_weights("tiny", MetricsConfig(download=True), table)
    assert isinstance(found, Missing)
    assert not any(hub.iterdir())


def test_an_unreachable_address_is_no_crash(tmp_path: Path):
    table = write_table(tmp_path, (tmp_path / "nowhere.pth").as_uri(), "-")
    assert isinstance(find_weights("tiny", MetricsConfig(download=True), table), Missing)


def test_a_damaged_file_is_named(tmp_path: Path):
    path = put(tmp_path / "mine", b"PK\x03\x04 truncated")
    with pytest.raises(UserError, match=NAME):
        load_weights(path)


def test_code_in_a_file_is_never_run(tmp_path: Path):
    torch.save({"layer": Path("anything that is no tensor")}, tmp_path / NAME)
    with pytest.raises(UserError, match=NAME):
        load_weights(tmp_path / NAME)


def test_safetensors_are_read(tmp_path: Path):
    save_file({"layer": torch.ones(2)}, tmp_path / "tiny.safetensors")
    assert load_weights(tmp_path / "tiny.safetensors")["layer"].tolist() == [1, 1]


def test_every_row_of_the_shipped_table_is_whole():
    for row in read_table():
        assert len(row.sha256) == 64


def test_the_shipped_names_are_those_of_the_metrics_and_of_the_vgg_loss():
    needed = {metric.weights for metric in (*PAIR_METRICS, *SET_METRICS)} - {None}
    assert needed | {"vgg19"} == {row.name for row in read_table()}
