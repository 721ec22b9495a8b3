"""The words of the code base are the field's words (DESIGN, part 5), and plain English."""

import re
from pathlib import Path

import pytest

FOLDERS = ("cytoforge", "rules", "workflow", "config", "docs", "profiles", "benchmarks", "tests")
# CHANGELOG.md names former words.
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile", "Snakefile")
SUFFIXES = {".py", ".smk", ".md", ".yaml", ".j2", ".rst"}

# What is counted, and what it is counted by: "one row an image" is written "one row per image".
COUNTED = (
    "row|file|line|number|value|job|hash|seed|column|entry|graph|GPU|core|script|folder|trial"
    "|channel|sheet|copy|table|picture|sentence|message|process|thread|test|erosion|plane|image|tile|draw"
)
BY = (
    "image|tile|label map|map|channel|code|model|step|region|job|rule|cell|split|pair|data set|set"
    "|class|level|sample|process|file|metric|plane|row|second|minute|field|label|segmentation"
)
WORDS = {
    r"\bpedigrees?\b": "provenance",
    r"\btwins?\b": "duplicate, or the same model in the textbook",
    r"\bpaint(s|ed|ing)?\b": "generate (a field) or render (a label map)",
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\b(told|tell|tells|telling) apart\b": "significantly different, or distinguish",
    r"\bguard rows?\b": "baselines",
    r"\banew\b": "again, or resample",
    r"\b[Jj]udges\b": "pretrained metrics",
    r"\bcontrollability\b(?!\")": "label fidelity",
    rf"\b(one|an?|each|two) ({COUNTED})s? an? ({BY})\b": "per",
    rf"\b({COUNTED})s an? ({BY})\b": "per",
    rf"\b(seconds?|s|ms|milliseconds|minutes|MB|KB|bytes|px) an? ({BY})\b": "per",
}
QUESTION = re.compile(r'"""(Is|Are|Does|Do|Did|Has|Have|Can|May|Will|Was|Were|Should)\b[^"]*?\?')


def texts(root: Path) -> list[Path]:
    found = [
        path
        for folder in FOLDERS
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in SUFFIXES and path != Path(__file__)
    ]
    return [*found, *(root / page for page in PAGES)]


def complaints(text: str) -> list[str]:
    """Return one line per word that is not ours, with its line number and what to write instead."""
    found = [
        f"{number}: {match.group()!r}; write: {instead}"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern, instead in WORDS.items()
        for match in re.finditer(pattern, line)
    ]
    questions = (text.count("\n", 0, match.start()) + 1 for match in QUESTION.finditer(text))
    return [*found, *(f"{line}: a docstring that asks; write: Whether …" for line in questions)]


@pytest.mark.parametrize(
    "text",
    [
        "One table, one row an image.",
        "some 20 seconds a tile",
        "a file a channel",
        '"""Is there a gap?"""',
        "the twins of another split",
    ],
)
def test_what_should_be_found_is_found(text):
    assert len(complaints(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "one row per image",
        "each gives an image",
        "a model has a step",
        '"""Whether a gap is there."""',
    ],
)
def test_plain_english_is_left_alone(text):
    assert complaints(text) == []


def test_every_text_uses_the_words_of_the_field(root):
    found = [
        f"{path.relative_to(root)}:{line}"
        for path in texts(root)
        for line in complaints(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)
