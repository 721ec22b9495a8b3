"""Export a data set as side-by-side A|B images."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.tiles.dataset import read_tiles
from cytoforge.tiles.pair_export import export_pairs

with job(snakemake):
    tiles = read_tiles(Path(snakemake.input.tiles[0]).parent)
    export_pairs(tiles, snakemake.output[0])
