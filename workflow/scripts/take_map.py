"""Take a label map that the user has as the label map of an image."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.references.own.classes import classes_from_rows
from cytoforge.references.own.run import take_map

with job(snakemake):
    params = snakemake.params
    take_map(
        snakemake.input.image,
        str(snakemake.input.own),
        classes_from_rows(params.classes),
        params.column,
        Path(snakemake.output.label_map),
        params.plane,
    )
