"""Stack the slices of a set to volumes."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.volumes.stack import Place, stack_volumes

with job(snakemake):
    given, params, made = snakemake.input, snakemake.params, snakemake.output
    stack_volumes(
        given.manifest,
        {name: Place(**place) for name, place in params.places.items()},
        params.grids,
        params.values,
        Path(made.volumes),
        Path(made.table),
    )
