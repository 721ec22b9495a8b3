"""Draw a set of label maps with exact objects."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.map_sources.drawn_field import fields_of_set
from cytoforge.map_sources.run import draw_set
from cytoforge.references.codes import read_codes

with job(snakemake):
    given, params = snakemake.input, snakemake.params
    draw_set(
        params.source,
        given.learned,
        fields_of_set(params.name, params.seeds, params.size_px),
        read_codes(given.codes),
        settings=params.settings,
        reference=params.reference,
        gap=params.gap,
        seed=params.seed,
        output=Path(snakemake.output.manifest).parent,
    )
