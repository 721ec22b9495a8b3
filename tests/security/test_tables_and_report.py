"""Text of the user's that ends in tables and on the report: neither formula nor markup."""

import csv
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoforge.jobs.csv_file import as_text, from_text, read_csv, write_csv
from cytoforge.jobs.optional_files import read_rows
from cytoforge.report.render import render
from cytoforge.report.run import write_report
from cytoforge.split.region import Region
from cytoforge.split.regions_file import read_regions, write_regions
from tests.report import made_up
from tests.report.figures import nothing_drawn

FORMULAS = ['=HYPERLINK("http://x/?"&A1)', "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "'=1"]
MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><b onclick='x()'>",
]
ACTIVE = ("script", "iframe", "object", "embed", "form", "base", "meta", "link")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_written_as_text_and_read_back(tmp_path: Path, text: str):
    write_csv(tmp_path / "x.csv", ["a"], [[text]])
    with (tmp_path / "x.csv").open(newline="") as file:
        cell = list(csv.reader(file))[1][0]
    assert cell[0] == "'"
    ((_, row),) = read_csv(tmp_path / "x.csv", ["a"], "")
    assert row == {"a": text}
    assert read_rows(tmp_path / "x.csv") == [{"a": text}]


@pytest.mark.parametrize("number", ["-1", "+2.5", "-1e-9", "-inf", -3, -0.5, None, "0"])
def test_a_number_stays_a_number(number: object):
    assert as_text(number) == number


@given(text=st.text(alphabet="'=+-@1a\t.e ", max_size=6))
def test_whatever_the_text_it_comes_back_and_is_no_formula(text: str):
    written = str(as_text(text))
    assert from_text(written) == text
    if written[:1] in set("=+-@\t"):
        float(written)  # what a spreadsheet takes as a number


def test_the_well_of_an_image_is_no_formula_in_the_regions_file(tmp_path: Path):
    """A column of samples.tsv, by which images are split, reaches results/split/regions.csv."""
    region = Region("a", "train", 0, 0, 8, 8, FORMULAS[0])
    write_regions(tmp_path / "regions.csv", [region])
    assert "'=HYPERLINK" in (tmp_path / "regions.csv").read_text()
    assert read_regions(tmp_path / "regions.csv") == (region,)


class Elements(HTMLParser):
    """Counts what a browser would run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.active: list[str] = []
        self.handlers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.active += [tag] if tag in ACTIVE else []
        for name, value in attrs:
            if name.startswith("on") or str(value).lstrip().lower().startswith("javascript:"):
                self.handlers.append(f"{tag} {name}={value}")


def page_of(folder: Path, title: str) -> str:
    results = made_up.made_up_results(folder)
    with nothing_drawn():  # what figures show of names is tested beside them
        write_report(results, made_up.made_up_config(title), results / "report" / "index.html")
    return (results / "report" / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Elements:
    return Elements(page_of(tmp_path_factory.mktemp("harmless"), "title"))


def test_markup_in_the_title_channels_and_groups_is_shown_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harmless: Elements
):
    hostile = tuple(MARKUP[: len(made_up.CHANNELS)])
    monkeypatch.setattr(made_up, "CHANNELS", hostile)
    page = page_of(tmp_path, MARKUP[2])
    found = Elements(page)
    assert found.active == harmless.active
    assert found.handlers == harmless.handlers == []
    for text in (*hostile, MARKUP[2]):
        assert text not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("text", MARKUP)
def test_markup_on_the_live_page_is_shown_not_run(text: str):
    facts = [(text, text)]
    block = {"name": text, "status": "running", "percent": None, "facts": facts}
    values = {"every_s": None, "running": 0, "written": text, "has_report": False}
    page = render({**values, "blocks": [{**block, "sheet": None, "figure": None}]}, "live.html.j2")
    assert text not in page


def test_the_page_may_load_and_send_nothing(tmp_path: Path):
    page = page_of(tmp_path, "title")
    assert "default-src 'none'" in page
    assert page.count("http-equiv") == 1
