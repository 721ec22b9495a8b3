"""Put the rows of a block of `utility` side by side: tables, curve and answers."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.metrics.utility.weigh import weigh

with job(snakemake):
    weigh(
        [Path(path) for path in snakemake.input.tables],
        snakemake.params.settings,
        snakemake.params.confidence,
        Path(snakemake.output.scores).parent,
    )
