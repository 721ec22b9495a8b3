"""Add the images of two sets."""

from pathlib import Path

from cytoforge.config.images import NormalisationConfig
from cytoforge.images.set_manifest import read_manifest
from cytoforge.jobs.job import job
from cytoforge.spots.sums import SumRequest, make_sum_set, rows_of

with job(snakemake):
    given, params = snakemake.input, snakemake.params
    images = [Path(path) for path in given.images]
    make_sum_set(
        SumRequest(
            parts=tuple(params.parts),
            rows=(rows_of(given.first or None, images), rows_of(given.second or None, images)),
            into=params.into,
            spots=read_manifest(given.spots) if given.spots else [],
        ),
        Path(snakemake.output.manifest).parent,
        NormalisationConfig.model_validate(params.normalisation),
    )
