"""Score segmenters on a set whose true objects are known."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.metrics.segmenter_benchmark.benchmark_files import ContestFiles, image_reader
from cytoforge.metrics.segmenter_benchmark.run_benchmark import run_benchmark

with job(snakemake):
    given, params = snakemake.input, snakemake.params
    files = ContestFiles(
        truth=given.truth,
        found=given.found,
        segmenters=params.segmenters,
        real=given.real,
        manifest=given.manifest,
        maps_of=given.maps_of,
        regions=given.regions,
        class_maps=given.class_maps,
        codes=given.codes,
        tissues=params.tissues,
    )
    run_benchmark(
        files.contest(params.objects, params.outside),
        image_reader(given.manifest, given.images),
        params.skipped,
        params.told,
        params.metrics["confidence"],
        Path(snakemake.output.scores).parent,
    )
