"""How the `fast` presets do on an image that they have not seen any part of.

    python -m benchmarks.leave_one_out FOLDER [--steps N] [--models pix2pix …] [--leave pos002 …]

The shipped run cuts each image into strips, so training and test strips show the same specimens.
Here each shipped image is left out once: a model is trained on the other two, whole, and scored on
it by the workflow itself. There is no validation image left (two are few for training already), so
the last weights are kept. FOLDER gets one project per left-out image, in which the same command
goes on where it was stopped, and leave_one_out.csv: one row per model, left-out image and series.
That is nine trainings and as many scores; `--steps 4` is a first look at whether all of it runs.
"""

import argparse
import csv
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
MODELS = ("pix2pix", "pix2pixhd", "oasis")
SERIES = ("generator", "class_means", "real_vs_real")
# Column of the table → file, name and value column of a score.
SCORES = {
    "lpips_alex": ("summary.csv", "lpips_alex", "mean"),
    "lpips_vgg": ("summary.csv", "lpips_vgg", "mean"),
    "vgg16_frechet": ("set.csv", "vgg16_frechet", "value"),
}
COLUMNS = ("model", "left_out", "series", *SCORES, "cells_f1")


def read_table(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    """Return the rows of a table with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def without(left_out: str, models: Sequence[str], steps: int | None) -> dict[str, Any]:
    """Return the shipped config with one generator of 7 levels per model, split by image."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "config/config.yaml").read_text("utf-8"))
    training = {} if steps is None else {"training": {"steps": steps}}
    return config | {
        "samples": "samples.tsv",
        "split": {"by": "image", "fractions": {"train": 0.67, "val": 0.0, "test": 0.33}},
        "references": {"level7": config["references"]["level7"]},
        "datasets": {"tiles7": config["datasets"]["tiles7"]},
        "models": {
            name: {"dataset": "tiles7", "model": name, "preset": "fast", **training}
            for name in models
        },
        "sets": {},
        "metrics": {**config.get("metrics", {}), "weights_dir": str(ROOT / "resources/weights")},
        "report": {"title": f"Without {left_out}"},
    }


def make_project(folder: Path, left_out: str, config: dict[str, Any]) -> None:
    """Write samples.tsv, whose column `split` leaves one image out, and config.yaml."""
    rows = read_table(ROOT / "config/samples.tsv", "\t")
    for row in rows:
        row.update({key: str(ROOT / row[key]) for key in row if key != "image"})
        row["split"] = "test" if row["image"] == left_out else "train"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "samples.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")


def run(folder: Path, models: Sequence[str], cores: int) -> None:
    """Let the workflow score every model of a project."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--configfile", str(folder / "config.yaml")]
    command += ["--cores", str(cores), *(f"results/metrics/{name}/scores.json" for name in models)]
    subprocess.run(command, cwd=folder, check=True)


def rows_of(folder: Path, model: str, left_out: str) -> Iterator[dict[str, str]]:
    """Yield the row of each series; "" where a score could not be computed."""
    metrics = folder / "results/metrics" / model
    cells = read_table(metrics / "resegmentation.csv")
    for series in SERIES:
        row = {"model": model, "left_out": left_out, "series": series}
        for column, (file, metric, value) in SCORES.items():
            found = [
                one[value]
                for one in read_table(metrics / file)
                if (one["series"], one["metric"]) == (series, metric)
            ]
            row[column] = found[0] if found else ""
        whole = [r for r in cells if (r["image"], r["object"]) == ("all", "cells")]
        # What segmenting the real image again agrees with itself is the best to be expected.
        again = "real" if series == "real_vs_real" else series
        row["cells_f1"] = next((r["f1"] for r in whole if r["series"] == again), "")
        yield row


def main(arguments: argparse.Namespace) -> None:
    """Run what is missing, write the table and print it."""
    rows = []
    for left_out in arguments.leave:
        folder = arguments.folder.resolve() / left_out
        make_project(folder, left_out, without(left_out, arguments.models, arguments.steps))
        run(folder, arguments.models, arguments.cores)
        rows += [row for name in arguments.models for row in rows_of(folder, name, left_out)]
    with (arguments.folder / "leave_one_out.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for row in ({name: name for name in COLUMNS}, *rows):
        print("  ".join(f"{row[name]:<13.13}" for name in COLUMNS))


def parsed() -> argparse.Namespace:
    """Return the command line's arguments."""
    images = [row["image"] for row in read_table(ROOT / "config/samples.tsv", "\t")]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--leave", nargs="+", choices=images, default=images)
    parser.add_argument("--steps", type=int, help="instead of the preset's")
    parser.add_argument("--cores", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main(parsed())
