"""Name images whose segmentation cannot be right; stop before training where most are such."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.segmentation.checks.judge import (
    read_results,
    refuse_bad,
    warnings_of,
    write_results,
)

with job(snakemake) as terminal:
    results = read_results({Path(path).stem: Path(path) for path in snakemake.input})
    overlays = snakemake.params.overlays
    name = snakemake.wildcards.segmentation
    refuse_bad(name, results, overlays, snakemake.params.checks)
    for line in warnings_of(results, overlays):
        print(f"warning: {line}")
        print(f"warning: segmentation {name}, {line}", file=terminal)
    write_results(snakemake.output[0], results)
