"""Write the report page."""

from pathlib import Path

from cytoforge.job_log import job_log
from cytoforge.report.run import write_report

with job_log(snakemake.log[0]):
    output = Path(snakemake.output[0])
    write_report(output.parents[1], snakemake.params.config, output)
