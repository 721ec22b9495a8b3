"""Put the rows of a block of `utility` side by side: tables, curve and answers."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.metrics.utility.weigh import weigh
from cytoforge.tiles.tile_set import read_tiles

with job(snakemake):
    tiles = [Path(manifest).parent for manifest in snakemake.input.tiles]
    weigh(
        [Path(path) for path in snakemake.input.tables],
        {folder.name: read_tiles(folder) for folder in tiles},
        snakemake.params.settings,
        snakemake.params.confidence,
        Path(snakemake.output.scores).parent,
    )
