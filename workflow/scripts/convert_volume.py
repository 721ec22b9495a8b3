"""Write a volume of another format as NIfTI."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.volumes.as_nifti import write_as_nifti

with job(snakemake):
    made = snakemake.output
    write_as_nifti(snakemake.params.source, Path(made.volume), Path(made.about))
