"""Score detectors of spots on the images of a set."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.metrics.score_spot_set import SpotSet, score_spot_set

with job(snakemake):
    given, params = snakemake.input, snakemake.params
    score_spot_set(
        SpotSet(
            manifest=Path(given.manifest),
            truth=Path(given.truth),
            channel=params.channel,
            detections=params.detections,
        ),
        Path(snakemake.output.scores).parent,
        params.metrics["confidence"],
    )
