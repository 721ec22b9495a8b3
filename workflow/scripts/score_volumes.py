"""Score the volumes of a set against the real ones."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.metrics.volumes.score_volumes import LabelClass, RealVolume, score_volumes

with job(snakemake):
    given, params = snakemake.input, snakemake.params
    score_volumes(
        Path(given.table),
        {name: RealVolume(**one) for name, one in params.reals.items()},
        {int(label): LabelClass(*one) for label, one in params.classes.items()},
        Path(snakemake.output.volumes).parent,
    )
