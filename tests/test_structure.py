"""The house stays in order: imports run one way, files and functions stay small."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cytoforge.jobs import by_name
from tests import structure
from tests.structure import ROOT, functions, imported_names, length, modules

HEAVY = {"torch", "scipy", "skimage", "pandas", "matplotlib"}
# Private names of torch, and its operators by name: speed tricks, which stand in compute/.
PRIVATE_TORCH = re.compile(r"torch\.(_|ops\b)|\bF\._|_foreach|\._conv_forward")
# The program of a stage, the same for a whole set, what is found by name, whatever the stage, and
# what `python -m` runs.
# A model of one architecture has its name.
ONE_MEANING = {"run", "of_set", "registry", "__main__", "unet", "u2net"}
# A file found by its name cannot join its neighbour.
FOUND = tuple(room.replace(".", "/") + "/" for room in by_name.ROOMS.values())
# Tables and configs written out for tests; nothing may be added.
KNOWN = {
    "made_up.py",
    "tests/report/made_up.py:_scores",
    "tests/workflow/test_models.py:models_config",
    "tests/workflow/test_variants.py:variant_config",
}
RULES = [ROOT / "Snakefile", *sorted((ROOT / "rules").glob("*.smk"))]


def test_imports_run_one_way():
    assert structure.upward_arrows() == []


def test_no_files_import_one_another_in_a_circle():
    assert structure.circle() == []


def test_every_room_has_its_place():
    rooms = {structure.room(name) for name in modules()}
    assert rooms <= set(structure.ROOMS)


def test_files_are_neither_dust_nor_heaps():
    lengths = {str(path.relative_to(ROOT)): length(path) for path in modules().values()}
    wrong = {
        name: n
        for name, n in lengths.items()
        if n > structure.MOST_LINES
        or (
            n < structure.FEWEST_LINES
            and Path(name).name not in structure.SHORT_NAMES
            and not name.startswith(FOUND)
        )
    }
    assert wrong.keys() - KNOWN == set()


@pytest.mark.parametrize("folder", ["cytoforge", "workflow", "tests"])
def test_functions_are_short(folder: str):
    found = {name: n for path in modules(folder).values() for name, n in functions(path).items()}
    long = {name for name, n in found.items() if n > structure.FUNCTION_LINES}
    assert long - KNOWN == set()


def test_scripts_and_rules_are_short():
    limits = dict.fromkeys(modules("workflow/scripts").values(), structure.SCRIPT_LINES)
    limits |= dict.fromkeys(RULES, structure.RULE_LINES)
    limits[ROOT / "Snakefile"] = structure.SNAKEFILE_LINES
    assert {path.name: length(path) for path, most in limits.items() if length(path) > most} == {}


def test_tests_are_no_heaps():
    lengths = {path.name: length(path) for path in modules("tests").values()}
    assert {name for name, n in lengths.items() if n > structure.MOST_LINES} - KNOWN == set()


def test_a_name_means_one_thing():
    same = structure.same_names()
    assert same.keys() - ONE_MEANING == set()


def test_networks_read_like_a_textbook():
    found = [
        f"{path.name}: {line.strip()}"
        for path in modules("cytoforge/networks").values()
        for line in path.read_text("utf-8").splitlines()
        if PRIVATE_TORCH.search(line) or "UserError" in line
    ]
    assert found == []  # no speed tricks, no messages in the words of a config


def test_the_package_does_not_know_snakemake():
    imports = {name: imported_names(path) for name, path in modules().items()}
    assert [name for name, found in imports.items() if "snakemake" in found] == []


def test_what_rules_import_is_light():
    """A dry run costs a third of what it would with them, and so does the start of every job."""
    wanted = {
        found
        for path in RULES
        for found in re.findall(r"^(?:from|import) (cytoforge[\w.]*)", path.read_text(), re.M)
    }
    assert len(wanted) > 10
    code = f"import sys\nfor name in {sorted(wanted)}: __import__(name)\n"
    code += "import json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert set(json.loads(done.stdout)) & HEAVY == set()


def test_the_arrows_are_seen():
    assert "cytoforge.errors" in structure.arrows()["cytoforge.images.read"]
    assert structure.room("cytoforge.models.oasis.model") == "models"
