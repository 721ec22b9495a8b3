"""Score segmenters on a set whose true objects are known."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.metrics.segmenter_benchmark.benchmark_files import (
    contest_of_real,
    contest_of_set,
    image_reader,
    truth_of_images,
)
from cytoforge.metrics.segmenter_benchmark.run_benchmark import run_benchmark
from cytoforge.split.regions_file import read_regions

with job(snakemake):
    given, params = snakemake.input, snakemake.params
    regions = read_regions(given.regions) if given.regions else None
    shared = {"objects": params.objects, "outside": params.outside, "regions": regions}
    if given.manifest:
        truth = truth_of_images(given.manifest, given.truth, given.maps_of)
        tables = dict(zip(params.segmenters, given.found, strict=True))
        real = read_regions(given.real)
        contest = contest_of_set(given.manifest, truth, tables, real, **shared)
    else:
        contest = contest_of_real(given.truth, given.found, params.segmenters, **shared)
    run_benchmark(
        contest,
        image_reader(given.manifest, given.images),
        params.skipped,
        params.told,
        params.metrics["confidence"],
        Path(snakemake.output.scores).parent,
    )
