"""The code hash follows what runs, and nothing else."""

from pathlib import Path

import pytest

from cytoforge.jobs import staleness


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script that reaches cytoforge.a, which reaches cytoforge.deep.b; c is not reached."""
    files = {
        "script.py": "from cytoforge.a import f\nf(1)\n",
        "cytoforge/__init__.py": "",
        "cytoforge/a.py": "def f(x):\n    from cytoforge.deep import b\n    return b.g(x)\n",
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
    for cached in (staleness._parse, staleness._imported, staleness._tree_hash):
        cached.cache_clear()
    return staleness.code_version("script.py")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("cytoforge/deep/b.py", "def g(x):\n    return x + 2\n"),
        ("cytoforge/deep/__init__.py", "SIDE_EFFECT = 1\n"),
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
    ],
)
def test_comments_docstrings_and_unreached_modules_do_not_count(project, file, text):
    before = version()
    (project / file).write_text(text)
    assert version() == before


def test_the_place_of_the_repository_does_not_count(project: Path, monkeypatch, tmp_path_factory):
    before = version()
    moved = tmp_path_factory.mktemp("elsewhere") / "clone"
    project.rename(moved)
    monkeypatch.setattr(staleness, "ROOT", moved)
    assert version() == before


def test_the_text_of_a_tree_is_the_same_on_every_python():
    # Written down once; a Python that names or orders syntax fields in another way fails here.
    tree = staleness.ast.parse("def f(a, *, b=1) -> int:\n    'Doc.'\n    return a + b\n")
    assert staleness._serialise(tree) == (
        "Module(body=[FunctionDef(name='f',args=arguments(args=[arg(arg='a')],"
        "kwonlyargs=[arg(arg='b')],kw_defaults=[Constant(value=1)]),"
        "body=[Return(value=BinOp(left=Name(id='a',ctx=Load()),op=Add(),"
        "right=Name(id='b',ctx=Load())))],returns=Name(id='int',ctx=Load()))])"
    )


def test_a_line_of_one_model_never_makes_another_stale():
    reached = {
        path.relative_to(staleness.ROOT).as_posix()
        for start in ("workflow/scripts/train.py", "cytoforge/models/pix2pix/model.py")
        for path in staleness._reached(staleness.ROOT / start)
    }
    assert "cytoforge/training/loop.py" in reached
    assert "cytoforge/networks/unet.py" in reached
    others = {"cytoforge/models/oasis/model.py", "cytoforge/networks/spade.py"}
    others |= {"cytoforge/models/pix2pixhd/model.py", "cytoforge/networks/local_enhancer.py"}
    assert reached.isdisjoint(others)
