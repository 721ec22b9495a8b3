"""Score the volumes of a set against the real ones."""

from pathlib import Path

from cytoforge.config.metrics import MetricsConfig
from cytoforge.jobs.job import job
from cytoforge.metrics.volumes.real_volume import RealVolume
from cytoforge.metrics.volumes.score_volumes import LabelClass, VolumeScoring, score_volumes
from cytoforge.pretrained.weight_files import where_weights_are

with job(snakemake):
    given, params = snakemake.input, snakemake.params
    score_volumes(
        Path(given.table),
        {name: RealVolume(**one) for name, one in params.reals.items()},
        {int(label): LabelClass(*one) for label, one in params.classes.items()},
        VolumeScoring(
            MetricsConfig.model_validate({**params.metrics, **where_weights_are(snakemake.config)}),
            params.noun,
            params.seed,
            params.threads,
        ),
        Path(snakemake.output.volumes).parent,
    )
