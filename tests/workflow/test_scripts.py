"""Scripts run without Snakemake, hold no logic, and each belongs to a rule."""

import ast
import re
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cytoforge.config.images import ImagesConfig
from cytoforge.config.references import ReferenceConfig
from cytoforge.images.ome import read_image
from cytoforge.references.codes import read_codes
from tests.workflow.tiny_project import make_project

SCRIPTS = sorted((Path(__file__).parents[2] / "workflow" / "scripts").glob("*.py"))


def run_script(root: Path, name: str, **snakemake: Any) -> None:
    given = {"wildcards": SimpleNamespace(), "input": [], "resources": {}, **snakemake}
    runpy.run_path(
        str(root / "workflow" / "scripts" / f"{name}.py"),
        init_globals={"snakemake": SimpleNamespace(**given)},
    )


def test_an_image_is_converted(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    project = make_project(tmp_path / "project", root)
    monkeypatch.chdir(project.folder)
    files = {"dna": "raw/a_dna.tif", "actin": "raw/a_actin.tif"}
    images = ImagesConfig(channels=("dna", "actin")).model_dump(mode="json")
    run_script(
        root,
        "convert",
        params=SimpleNamespace(
            sample={"name": "a", "files": files}, images=images, strips=None, volume=None
        ),
        output=["out/a.ome.tif"],
        log=["a.log"],
    )
    assert read_image("out/a.ome.tif").channels == ("dna", "actin")


def test_a_code_table_is_written(root: Path, tmp_path: Path):
    reference = ReferenceConfig(segmentation="cells", levels=7).model_dump(mode="json")
    run_script(
        root,
        "write_codes",
        params=SimpleNamespace(reference=reference),
        output=[str(tmp_path / "codes.json")],
        log=[str(tmp_path / "log")],
    )
    assert [code.code for code in read_codes(tmp_path / "codes.json")] == list(range(8))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_thin(path: Path):
    text = path.read_text("utf-8")
    assert text.count("\n") <= 60
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.If, ast.While, ast.Try))]


def test_every_script_belongs_to_a_rule_that_hashes_it(root: Path):
    rules = "".join(path.read_text("utf-8") for path in (root / "rules").glob("*.smk"))
    named = set(re.findall(r'"\.\./workflow/scripts/(\w+)\.py"', rules))
    hashed = set(re.findall(r'code=code\("(\w+)"\)', rules))
    assert named == hashed == {path.stem for path in SCRIPTS}
