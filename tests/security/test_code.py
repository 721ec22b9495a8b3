"""What our own code never does with text or files from elsewhere, read from its source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    path
    for room in ("cytoforge", "workflow", "benchmarks", "envs")
    for path in ROOT.glob(f"{room}/**/*.py")
)
RULES = [ROOT / "Snakefile", *sorted((ROOT / "rules").glob("*.smk"))]
SHELLS = {"system", "popen", "getoutput", "getstatusoutput", "spawnl", "spawnlp", "spawnv"}
SUBPROCESSES = {"run", "Popen", "call", "check_call", "check_output"}


def calls(path: Path) -> Iterator[tuple[str, ast.Call, str]]:
    """Yield the dotted name, the call, and where it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node, f"{path.relative_to(ROOT)}:{node.lineno}"


def setting(call: ast.Call, name: str) -> object:
    """Return a keyword's constant value, or None."""
    found = [word.value for word in call.keywords if word.arg == name]
    return found[0].value if found and isinstance(found[0], ast.Constant) else None


def shell_calls(path: Path) -> list[str]:
    return [
        f"{where} {name}"
        for name, call, where in calls(path)
        if setting(call, "shell")
        or (name.startswith(("os.", "subprocess.")) and name.split(".")[-1] in SHELLS)
        or name.startswith(("os.exec", "os.spawn"))
        or name == "shell"
    ]


def commands_of_text(path: Path) -> list[str]:
    """Commands must be lists of words: text would be split, or given to a shell."""
    return [
        f"{where} {name}"
        for name, call, where in calls(path)
        if name.startswith("subprocess.")
        and name.split(".")[-1] in SUBPROCESSES
        and isinstance(call.args[0], ast.Constant | ast.JoinedStr | ast.BinOp)
    ]


def code_from_data(path: Path) -> list[str]:
    """Calls that run what they read."""
    found = []
    for name, call, where in calls(path):
        unsafe = {
            "torch.load": setting(call, "weights_only") is not True,
            "np.load": setting(call, "allow_pickle") is not False,
            "yaml.load": True,
            "yaml.unsafe_load": True,
            "yaml.full_load": True,
            "pickle.load": True,
            "pickle.loads": True,
            "joblib.load": True,
            "eval": True,
            "exec": True,
            "compile": True,
            "__import__": True,
            "tar.extractall": True,
            "tar.extract": True,
        }
        if unsafe.get(name):
            found.append(f"{where} {name}")
    return found


@pytest.mark.parametrize(
    ("code", "check"),
    [
        ("os.system(f'convert {name}')", shell_calls),
        ("subprocess.run(command, shell=True)", shell_calls),
        ("shell('cat {input}')", shell_calls),
        ("subprocess.run(f'convert {name}')", commands_of_text),
        ("torch.load(path)", code_from_data),
        ("torch.load(path, weights_only=False)", code_from_data),
        ("np.load(path)", code_from_data),
        ("yaml.load(text, Loader=yaml.Loader)", code_from_data),
        ("eval(text)", code_from_data),
    ],
)
def test_the_checks_find_what_they_look_for(tmp_path: Path, monkeypatch, code: str, check):
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    file = tmp_path / "bad.py"
    file.write_text(code)
    assert len(check(file)) == 1


def test_there_is_code_to_check():
    assert len(SCRIPTS) > 200
    assert len(RULES) > 10


@pytest.mark.parametrize("check", [shell_calls, commands_of_text, code_from_data])
def test_no_script_does_it(check):
    assert [found for path in SCRIPTS for found in check(path)] == []


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_rules_run_scripts_only_and_no_shell(path: Path):
    """A `shell:` with {input} or {wildcards} is a command built from text; `run:` runs unseen."""
    text = path.read_text(encoding="utf-8")
    words = re.findall(
        r"^\s*(shell|run|notebook|wrapper|cwl)\s*:|\b(shell|system|popen|eval|exec)\(", text, re.M
    )
    assert words == []


def test_no_wildcard_takes_a_path_for_a_name():
    """Blocks' wildcards take the config's plain names only, everywhere or in the rules that have
    them; an image's has no `/`."""
    text = (ROOT / "rules" / "common.smk").read_text(encoding="utf-8")
    block = text[text.index("wildcard_constraints:") :]
    plain = r'^    (\w+)=(?:one_of\(|r"\[\^/\]\+"|rf"\(\?:\{one_of)'
    in_a_rule = r'^        (\w+)=(?:one_of\(|"[\w|]+",)'
    constrained, wildcards = set(re.findall(plain, block, re.M)), set()
    for path in RULES:
        text = path.read_text(encoding="utf-8")
        constrained |= set(re.findall(in_a_rule, text, re.M))
        for line in re.findall(r'(?<!f)"results/[^"]*"', text):
            wildcards |= set(re.findall(r"{(\w+)}", line))
    assert wildcards <= constrained
    assert len(wildcards) >= 5
