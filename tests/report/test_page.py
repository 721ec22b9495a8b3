"""The whole page, made from a small made-up results folder."""

import csv
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cytoforge.report.run import write_report
from tests.report.made_up import NO_WEIGHTS, made_up_config, made_up_results

BLINDED = {"blinded/pix2pix4.html", "blinded/pix2pix7.html"}
VOID = {"meta", "img", "br", "link", "input", "hr", "col"}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up_results(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def page(results: Path) -> str:
    return _written(results, made_up_config())


def _written(results: Path, config: dict[str, Any]) -> str:
    output = results / "report" / "index.html"
    write_report(results, config, output)
    return output.read_text(encoding="utf-8")


class Tree(HTMLParser):
    """Collects tags and attributes, and every tag closed in the wrong place."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.errors: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.errors += [f"never closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        # A paragraph ends where a block begins: the browser would close it elsewhere than we do.
        if tag in {"div", "ul", "table", "section", "figure", "p"} and "p" in self.open:
            self.errors.append(f"{tag} inside p")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.errors.append(f"</{tag}> at line {self.getpos()[0]}")


def test_tags_are_closed_where_they_were_opened(page: str) -> None:
    assert Tree(page).errors == []


def test_ids_are_unique_and_links_lead_to_them(page: str) -> None:
    tags = Tree(page).tags
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = {attrs["href"] for tag, attrs in tags if tag == "a"}
    assert {f"#{name}" for name in ids} >= links - BLINDED


def test_pages_for_a_blinded_reader_lie_beside_it(results: Path, page: str) -> None:
    assert all(f'href="{name}"' in page for name in BLINDED)
    assert {f"blinded/{p.name}" for p in (results / "report/blinded").iterdir()} == BLINDED


def test_nothing_is_loaded_from_outside(page: str) -> None:
    for tag, attrs in Tree(page).tags:
        for name in ("src", "href", "data", "srcset", "action"):
            value = attrs.get(name) or ""
            inside = value.startswith(("data:", "#")) or value in BLINDED
            assert inside or not value, f"{tag} {name}={value[:60]}"
    style_and_script = "".join(re.findall(r"<(?:style|script)>.*?</(?:style|script)>", page, re.S))
    assert not re.search(r"https?:|@import|url\(|fetch\(|XMLHttpRequest", style_and_script)
    assert "default-src 'none'" in page


def test_every_picture_has_words_for_those_who_cannot_see_it(page: str) -> None:
    pictures = [attrs for tag, attrs in Tree(page).tags if tag == "img"]
    assert len(pictures) > 10
    assert all(attrs["alt"] and attrs["width"] and attrs["height"] for attrs in pictures)


def test_models_and_baselines_are_there(page: str) -> None:
    key_table = page[page.index("Key figures of every model") : page.index("gap closed, pix2pix4")]
    for row in ("pix2pix4", "pix2pix7", "class means, pix2pix4", "class means, pix2pix7"):
        assert f'<th scope="row">{row}</th>' in key_table
    assert '<th scope="row">two real sets' in page
    assert "of the real image segmented alike" in page


def test_a_skipped_metric_says_why_and_how_to_enable_it(page: str) -> None:
    assert f"<b>FID, KID</b>: {NO_WEIGHTS.reason}. {NO_WEIGHTS.how_to}" in page


def test_all_parts_are_there(page: str) -> None:
    for anchor in ("data", "segmentation", "maps", "training", "synthesis", "scores", "settings"):
        assert f'<section id="{anchor}">' in page
    for words in (
        "Smallest distance between tiles",
        "Means ± SD",
        "Boxplots",
        "20 bins",
        "Coefficient of variation",
        "appear from 5 models on",
        "1 min 4 s",
    ):
        assert words in page


def test_images_in_strips_are_said_to_share_their_light(page: str) -> None:
    assert "grey ranges are those of the training strip" in page
    assert "another image is not tested" in page


def test_brightness_in_grey_values_stands_beside_the_levels(page: str) -> None:
    tables = re.findall(r"<table[^>]*>.*?</table>", page, re.DOTALL)
    (found,) = [table for table in tables if "Brightness of pix2pix4" in table]
    assert [name for name in ("synthetic", "class means", "two real sets") if name in found] == [
        "synthetic",
        "class means",
        "two real sets",
    ]
    assert "1.1" in found  # 110 for 100
    assert "SD / real SD" in found


def test_tables_sort_and_pictures_enlarge(page: str) -> None:
    script = page[page.rindex("<script>") :]
    assert "table.sortable" in script
    assert "aria-sort" in script
    assert "showModal" in script
    assert page.count('class="sortable') >= 8


def test_every_table_is_a_csv_too(results: Path, page: str) -> None:
    captions = re.findall(r"<caption[^>]*>([^<]*)</caption>", page)
    files = {path.stem: path for path in (results / "report" / "tables").iterdir()}
    assert len(files) == len(set(captions)) >= 20
    with files["key_figures_of_every_model_and_of_the_baselines"].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["model"] for row in rows][:2] == ["pix2pix4", "pix2pix7"]
    lpips = float(rows[0]["LPIPS (VGG16) ↓"])
    assert 0.1 < lpips < 1 and len(rows[0]["LPIPS (VGG16) ↓"]) > 6  # not rounded as in the page
    assert "range of 2 images: " in rows[0]["LPIPS (VGG16) ↓: interval or remark"]


def test_every_figure_is_two_files(results: Path, page: str) -> None:
    names = {path.stem for path in (results / "report" / "figures").iterdir()}
    assert page.count('<svg class="figure"') == len(names) >= 10
    suffixes = {path.suffix for path in (results / "report" / "figures").iterdir()}
    assert suffixes == {".svg", ".pdf"}


def test_same_results_give_the_same_bytes(results: Path, page: str) -> None:
    assert _written(results, made_up_config()) == page


@pytest.mark.usefixtures("empty_figures")
def test_text_of_users_is_escaped(results: Path) -> None:
    hostile = "<script>alert(1)</script> & \"quotes\" 'n' {{ 7 * 7 }}"
    config = made_up_config(hostile)
    config["models"]["pix2pix4"]["synthesis"]["maps"] = "</pre><img src=x onerror=alert(2)>"
    page = _written(results, config)
    assert page.count("<script>") == 1
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quotes&#34;" in page
    assert "{{ 7 * 7 }}" in page
    assert Tree(page).errors == []


@pytest.mark.usefixtures("empty_figures")
def test_a_page_without_scores_says_so(tmp_path: Path) -> None:
    folder = made_up_results(tmp_path / "results")
    for name in ("metrics", "benchmarks", "comparison"):
        (folder / name).rename(tmp_path / name)
    page = _written(folder, made_up_config())
    assert "No scores were found." in page
    assert "cannot be judged, since something is missing" in page
    assert Tree(page).errors == []
