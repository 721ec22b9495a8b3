"""Find the body in a volume, and the percentiles of its values."""

from pathlib import Path

from cytoforge.config.images import ImagesConfig
from cytoforge.jobs.job import job
from cytoforge.volumes.measure import measure_volume

with job(snakemake):
    params = snakemake.params
    measure_volume(
        params.files,
        params.mask,
        ImagesConfig.model_validate(params.images),
        params.axis,
        params.learned_from,
        Path(snakemake.output.facts).parent,
    )
