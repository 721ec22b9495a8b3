"""Part 8 of the page: settings, versions, times, and how to make the same again."""

from typing import Any

import yaml

from cytoforge.jobs.optional_files import read_json, read_rows, real
from cytoforge.jobs.provenance import git_commit, versions
from cytoforge.report.numbers import MISSING, duration, megabytes
from cytoforge.report.results import Results


def settings_part(results: Results) -> dict[str, Any]:
    """Return the config as YAML, versions, models and times."""
    return {
        "yaml": yaml.safe_dump(results.config, sort_keys=False, allow_unicode=True),
        "training": [
            (name, yaml.safe_dump(model["training"], sort_keys=False))
            for name in results.config["models"]
            if (model := _model(results, name)).get("training")
        ],
        "versions": versions(),
        "commit": git_commit(),
        "models": [
            (name, _model(results, name).get("weights_sha256", MISSING))
            for name in results.config["models"]
        ],
        "times": _times(results),
        "seed": results.config["seed"],
    }


def _model(results: Results, model_name: str) -> dict[str, Any]:
    model: dict[str, Any] = read_json(results.model_folder(model_name) / "model.json") or {}
    return model


def _times(results: Results) -> list[dict[str, Any]]:
    """Return one row per rule from Snakemake's benchmarks: jobs, total time, largest memory."""
    folder = results.benchmarks
    by_rule: dict[str, list[dict[str, str]]] = {}
    for path in sorted(folder.rglob("*.tsv")):
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        by_rule.setdefault(rule, []).extend(read_rows(path, "\t"))
    rows = []
    for rule, jobs in by_rule.items():
        seconds = [value for job in jobs if (value := _figure(job.get("s"))) is not None]
        memory = [value for job in jobs if (value := _figure(job.get("max_rss"))) is not None]
        rows.append(
            {
                "rule": rule,
                "jobs": len(jobs),
                "seconds": sum(seconds),
                "time": duration(sum(seconds)),
                "memory": megabytes(max(memory)) if memory else MISSING,
                "megabytes": max(memory, default=0),
            }
        )
    return sorted(rows, key=lambda row: (-row["seconds"], row["rule"]))


def _figure(cell: str | None) -> float | None:
    # Jobs that end within the first second have "-" or "NA" for memory.
    try:
        return real(cell)
    except ValueError:
        return None
