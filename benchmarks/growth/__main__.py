"""Time the workflow as the number of images grows.

    python -m benchmarks.growth plan [--images 100 1000 10000] [--whole-config]
    python -m benchmarks.growth jobs [--images 100 1000 10000]
    python -m benchmarks.growth run [--images 430] [--height 1536] [--width 2048]

`plan`: seconds and memory of building the job graph and of a dry run of the first model of the
shipped config, or of all of them and their references, with so many images of 128 px. `jobs`: what
a job costs at the start of a run in which so many wait. `run`: the CPU stages, images to tiles of
one reference, on copies of the shipped fields in the original's size and number, with the fraction
of the time in which no job's script ran (`benchmarks.reference_maps` times the original's label
maps).
"""

import argparse
import csv
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.growth.project import (
    ZOOM,
    finished_jobs,
    one_model,
    run_snakemake,
    seconds_between,
    shipped_config,
    write_copies,
    write_project,
    write_tiny_images,
)

# Jobs of a run between whose ends its speed is measured: the first wait for files to be cached.
WARM_UP, MEASURED = 10, 90


def plan(counts: list[int], config: dict[str, Any]) -> None:
    print("| images | jobs | s | ms per image | MB |\n|---|---|---|---|---|")
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder)
            write_project(project, write_tiny_images(project, count), config)
            done = run_snakemake(project, "--dry-run", "--quiet", "rules")
            line = next(line for line in done.output.splitlines() if line.startswith("total"))
        jobs, each = int(line.split()[1]), done.seconds / count * 1e3
        print(f"| {count} | {jobs} | {done.seconds:.1f} | {each:.2f} | {done.peak_megabytes:.0f} |")


def jobs(counts: list[int], cores: int) -> None:
    print("| images | s per job and core | of it in scripts |\n|---|---|---|")
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder)
            names = write_tiny_images(project, count)
            write_project(project, names, shipped_config())
            targets = [f"results/images/{name}.ome.tif" for name in names]
            seconds = seconds_between(project, (WARM_UP, MEASURED), targets, cores)
            inside = seconds_of_jobs(project)["convert"] / finished_jobs(project)
        per_job = seconds * cores / (MEASURED - WARM_UP)
        print(f"| {count} | {per_job:.2f} | {inside / per_job:.0%} |", flush=True)


def run(count: int, shape: tuple[int, int], cores: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        config = shipped_config(ZOOM)
        write_project(project, write_copies(project, count, shape), config)
        target = f"results/tiles/{next(iter(config['datasets']))}/leak_check.json"
        done = run_snakemake(project, target, cores=cores)
        stages = seconds_of_jobs(project)
        again = run_snakemake(project, target, cores=cores)
    print(
        f"{count} images of {shape[0]} × {shape[1]} px, {cores} cores: {done.seconds / 60:.1f} min"
    )
    print(f"largest process: {done.peak_megabytes:.0f} MB; again: {again.seconds:.1f} s")
    print("| stage | s of scripts | s per image |\n|---|---|---|")
    for stage, seconds in stages.items():
        print(f"| {stage} | {seconds:.0f} | {seconds / count:.2f} |")
    inside = sum(stages.values())
    outside = done.seconds * cores - inside
    print(f"outside scripts: {outside:.0f} core s, {outside / inside:.1%} of what scripts took")


def seconds_of_jobs(project: Path) -> dict[str, float]:
    """Return the seconds that all jobs of each rule took, from the workflow's own records."""
    stages: dict[str, float] = {}
    for path in sorted((project / "results/benchmarks").rglob("*.tsv")):
        with path.open(newline="") as file:
            seconds = sum(float(row["s"]) for row in csv.DictReader(file, delimiter="\t"))
        stage = path.relative_to(project / "results/benchmarks").parts[0].removesuffix(".tsv")
        stages[stage] = stages.get(stage, 0.0) + seconds
    return stages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["plan", "jobs", "run"])
    parser.add_argument("--images", type=int, nargs="+")
    parser.add_argument("--height", type=int, default=1536)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--whole-config", action="store_true")
    arguments = parser.parse_args()
    if arguments.what == "plan":
        config = shipped_config()
        config = config if arguments.whole_config else one_model(config)
        plan(arguments.images or [100, 1000, 10000], config)
    elif arguments.what == "jobs":
        jobs(arguments.images or [100, 1000, 10000], arguments.cores)
    else:
        for count in arguments.images or [430]:
            run(count, (arguments.height, arguments.width), arguments.cores)


if __name__ == "__main__":
    main()
