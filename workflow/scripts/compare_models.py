"""Compare models of one data set: ranks, differences, budgets and verdicts."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.metrics.compare import compare
from cytoforge.metrics.estimates import Subject
from cytoforge.metrics.found_again import read_found_again
from cytoforge.metrics.score_tables import read_scores

with job(snakemake):
    again = {n: read_found_again(told) for n, told in snakemake.params.found_again.items()}
    folders = zip(snakemake.input.models, snakemake.input.scores, strict=True)
    compare(
        [
            Subject(
                **told,
                folder=Path(model).parent,
                scores=read_scores(name, Path(table).parent, again.get(name)),
            )
            for (name, told), (model, table) in zip(
                snakemake.params.models.items(), folders, strict=True
            )
        ],
        snakemake.params.confidence,
        Path(snakemake.output.ranking).parent,
    )
