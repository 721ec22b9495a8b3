"""The code hash follows what runs, and nothing else."""

from pathlib import Path

import pytest

from cytoforge.jobs import by_name, staleness

A = "def f(x):\n    from cytoforge.deep import b\n    return b.g(x)\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script that reaches cytoforge.a, which reaches cytoforge.deep.b; c is not reached."""
    files = {
        "script.py": "from cytoforge.a import f\nf(1)\n",
        "cytoforge/__init__.py": "",
        "cytoforge/a.py": A,
        "cytoforge/deep/__init__.py": "",
        "cytoforge/deep/b.py": "def g(x):\n    return x + 1\n",
        "cytoforge/c.py": "UNUSED = 1\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(staleness, "ROOT", tmp_path)
    return tmp_path


def version() -> str:
    staleness.forget()
    return staleness.code_version("script.py")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("cytoforge/deep/b.py", "def g(x):\n    return x + 2\n"),
        ("cytoforge/deep/__init__.py", "import os\n\nos.environ['SIDE_EFFECT'] = '1'\n"),
        ("cytoforge/a.py", "from cytoforge.c import UNUSED as f\n"),
        ("script.py", "from cytoforge.a import f\nf(2)\n"),
    ],
)
def test_a_change_of_code_that_runs_changes_the_hash(project: Path, file: str, text: str):
    before = version()
    (project / file).write_text(text)
    assert version() != before


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("cytoforge/c.py", "UNUSED = 2\n"),
        ("cytoforge/deep/b.py", '"""Says what g does."""\n# why\ndef g(x):\n    return (x + 1)\n'),
        ("cytoforge/deep/b.py", 'def g(x):\n    """Add one."""\n\n    return x + 1\n'),
        ("cytoforge/deep/b.py", "def g(x: int) -> float:\n    return x + 1\n"),
        ("cytoforge/a.py", A + "\n\ndef of_others():\n    return 2\n"),
        ("cytoforge/a.py", "from cytoforge.c import UNUSED\n\n\n" + A + "OTHERS = UNUSED\n"),
    ],
)
def test_words_and_what_is_not_reached_do_not_count(project, file, text):
    before = version()
    (project / file).write_text(text)
    assert version() == before


def test_the_place_of_the_repository_does_not_count(project: Path, monkeypatch, tmp_path_factory):
    before = version()
    moved = tmp_path_factory.mktemp("elsewhere") / "clone"
    project.rename(moved)
    monkeypatch.setattr(staleness, "ROOT", moved)
    assert version() == before


def reached(script: str, *by_name: str) -> set[str]:
    files = [file for name in by_name for file in staleness._files(name)]
    nodes = staleness._reached([staleness.ROOT / script, *files])
    return {staleness._name(path) for path, index in nodes if index >= 0}


def test_a_line_of_one_model_never_makes_another_stale():
    found = reached("workflow/scripts/train.py", "cytoforge.models.pix2pix.model")
    assert {"cytoforge/training/loop.py", "cytoforge/networks/unet.py"} <= found
    for model in ("oasis", "pix2pixhd"):
        assert not any(path.startswith(f"cytoforge/models/{model}/") for path in found)
    assert found.isdisjoint({"cytoforge/networks/spade.py", "cytoforge/networks/local_enhancer.py"})


def test_a_segmentation_reaches_its_own_method_alone():
    method = "cytoforge.segmentation.methods.cellpose.segment"
    found = reached("workflow/scripts/segment.py", method)
    assert {path.split("/")[3] for path in found if "/methods/" in path} == {"cellpose"}


@pytest.mark.parametrize("file", staleness.LEFT_OUT)
def test_what_is_left_out_is_there_and_has_a_reason(file: str):
    assert (staleness.ROOT / file).is_file()
    assert len(staleness.LEFT_OUT[file]) > 10


def test_what_is_left_out_hides_what_it_alone_imports(project: Path, monkeypatch):
    monkeypatch.setitem(staleness.LEFT_OUT, "cytoforge/a.py", "as an example")
    before = version()
    (project / "cytoforge/a.py").write_text("")
    (project / "cytoforge/deep/b.py").write_text("")
    assert version() == before


@pytest.mark.parametrize("line", ["print(x)", "logger.info(x)", "reporter.say(x)", "say(x)"])
def test_a_word_in_a_log_line_does_not_count(project: Path, line: str):
    before = version()
    text = f"def g(x):\n    {line.replace('x', repr('a word'))}\n    return x + 1\n"
    (project / "cytoforge/deep/b.py").write_text(text)
    assert version() == before


def test_what_is_kept_of_a_call_counts(project: Path):
    before = version()
    (project / "cytoforge/deep/b.py").write_text("def g(x):\n    y = print(x)\n    return x + 1\n")
    assert version() != before


@pytest.fixture
def plugins(project: Path, tmp_path_factory, monkeypatch) -> Path:
    """A folder of plugins with one model, which needs a file of the package."""
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "models/toy").mkdir(parents=True)
    (folder / "models/toy/model.py").write_text(
        "from cytoforge.deep.b import g\nfrom cytoforge.models.toy.more import h as CONFIG\n"
    )
    (folder / "models/toy/more.py").write_text("def h(x):\n    return x\n")
    monkeypatch.setenv(by_name.VARIABLE, str(folder))
    return folder


def toy_version() -> str:
    staleness.forget()
    return staleness.module_version("models", "toy", "model")


def test_a_plugin_is_hashed_with_what_it_imports(project: Path, plugins: Path):
    versions = [toy_version()]
    (plugins / "models/toy/more.py").write_text("def h(x):\n    return -x\n")
    versions.append(toy_version())
    (project / "cytoforge/deep/b.py").write_text("def g(x):\n    return -x\n")
    versions.append(toy_version())
    assert len(set(versions)) == 3


def test_where_plugins_lie_does_not_count(plugins: Path, monkeypatch, tmp_path_factory):
    before = toy_version()
    moved = plugins.rename(tmp_path_factory.mktemp("elsewhere") / "mine")
    monkeypatch.setenv(by_name.VARIABLE, str(moved))
    assert toy_version() == before


def test_a_metric_reaches_its_family_alone_and_diversity_none():
    pixel = reached("workflow/scripts/score.py", "cytoforge.metrics.pair_metrics.pixel")
    assert "cytoforge/metrics/pair_metrics/gradient.py" not in pixel
    for script in ("measure_diversity", "train", "score_labels", "synthesize"):
        found = reached(f"workflow/scripts/{script}.py")
        assert "cytoforge/metrics/registry.py" not in found
        assert not any("_metrics/" in path for path in found)
