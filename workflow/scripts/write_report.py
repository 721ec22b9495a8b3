"""Write the report page."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.report.run import write_report

with job(snakemake):
    output = Path(snakemake.output.page)
    write_report(output.parents[1], snakemake.params.config, output)
