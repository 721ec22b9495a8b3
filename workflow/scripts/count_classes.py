"""Write the code table of the user's own label maps, and where each class is."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.references.own.classes import classes_from_rows
from cytoforge.references.own.run import count_classes
from cytoforge.split.regions_file import read_regions

with job(snakemake):
    given = snakemake.input
    count_classes(
        {Path(path).stem: path for path in given.label_maps},
        read_regions(given.regions),
        classes_from_rows(snakemake.params.classes),
        f"references.{snakemake.wildcards.reference}",
        Path(snakemake.output.codes),
    )
