"""Segment all images of a set."""

from pathlib import Path

from cytoforge.config.segmentation import parse_segmentation
from cytoforge.jobs.job import job
from cytoforge.segmentation.of_set import segment_set

with job(snakemake):
    segment_set(
        snakemake.input.manifest,
        {Path(path).name.split(".")[0]: Path(path) for path in snakemake.input.sources},
        parse_segmentation(snakemake.params.segmentation),
        snakemake.output.table,
    )
