"""Write the report: one page with everything in it, made from the results folder alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cytoforge import __version__
from cytoforge.jobs.atomic import write_text
from cytoforge.metrics.score_tables import Scores, read_scores
from cytoforge.report.answers_part import answers_part
from cytoforge.report.benchmark_part import benchmark_part
from cytoforge.report.blinded import blinded_pages
from cytoforge.report.checks_part import checks_part
from cytoforge.report.comparison_part import comparison_part
from cytoforge.report.data_part import data_part
from cytoforge.report.head_part import head_part
from cytoforge.report.label_part import reference_part, segmentation_part
from cytoforge.report.map_part import map_part
from cytoforge.report.pair_part import pair_part
from cytoforge.report.prediction_part import prediction_part
from cytoforge.report.ranking_part import ranking_part
from cytoforge.report.realism_part import realism_part
from cytoforge.report.render import render
from cytoforge.report.results import Results, open_results
from cytoforge.report.segmentation_checks_part import segmentation_checks_part
from cytoforge.report.settings_part import settings_part
from cytoforge.report.spot_part import spot_part
from cytoforge.report.spread_part import spread_part
from cytoforge.report.stain_part import stain_part
from cytoforge.report.synthesis_part import synthesis_part
from cytoforge.report.table_part import table_part
from cytoforge.report.tables import write_tables
from cytoforge.report.training_part import training_part
from cytoforge.report.utility_part import utility_part
from cytoforge.report.volume_part import volume_part


def write_report(results: Path, config: dict[str, Any], output: Path) -> None:
    """Write the page; beside it its figures (figures/*.svg, *.pdf), tables (tables/*.csv), and
    a page per model for a blinded reader (blinded/*.html).

    The same results give the same bytes, at the same commit and versions.

    Parameters
    ----------
    results : the results folder; what is not there is left out of the page
    config : the whole typed config as plain values
    output : the page, results/report/index.html
    """
    found = open_results(Path(results), config)
    for folder in ("figures", "tables", "blinded"):  # also where there is nothing for one
        (output.parent / folder).mkdir(parents=True, exist_ok=True)
    blinded = blinded_pages(found, _scores(found))
    for name, text in blinded.items():
        write_text(output.parent / "blinded" / f"{name}.html", text)
    page = render(context(found, tuple(blinded)))
    write_tables(page, output.parent / "tables")
    write_text(output, page)


def context(results: Results, blinded: Sequence[str] = ()) -> dict[str, Any]:
    """Return what the template needs, part by part; `blinded` names the models with such a page."""
    scores = _scores(results)
    # Without a model that makes images of label maps there is nothing to say of these.
    compared = _compared(results, scores, blinded) if results.models else {}
    parts = {**_parts(results), **compared}
    return {
        "title": results.config["report"]["title"],
        "version": __version__,
        "n_images": len(results.images),
        "n_models": len(results.models or results.config["models"]),
        "split": results.config["split"],
        **parts,
        "in_short": answers_part(parts),
        "settings": settings_part(results),
        "metrics_config": results.config["metrics"],
        "compares": bool(results.models),
    }


def _parts(results: Results) -> dict[str, Any]:
    """Return the parts that any run has, some of them empty."""
    return {
        "segmentation_checks": segmentation_checks_part(results),
        "data": data_part(results),
        "segmentation": segmentation_part(results),
        "references": reference_part(results),
        "drawn_maps": map_part(results),
        "training": training_part(results),
        "predictions": prediction_part(results),
        "translations": stain_part(results),
        "utility": utility_part(results),
        "spots": spot_part(results),
        "benchmarks": benchmark_part(results),
        "volumes": volume_part(results),
    }


def _compared(results: Results, scores: Sequence[Scores], blinded: Sequence[str]) -> dict[str, Any]:
    """Return the parts on models that make images of label maps."""
    return {
        "head": head_part(results, scores),
        "realism": realism_part(results, scores, blinded),
        "synthesis": synthesis_part(results),
        "ranking": ranking_part(results, scores),
        "pairs": pair_part(results, scores),
        "spread": spread_part(results, scores),
        "comparison": comparison_part(results, scores),
        "tables": table_part(scores, results.comparison("verdicts")),
        "checks": checks_part(results, scores),
    }


def _scores(results: Results) -> list[Scores]:
    return [read_scores(name, results.scores_folder(name)) for name in results.models]
