"""Prove that the splits of a data set have nothing in common."""

from pathlib import Path

from cytoforge.config.split import SplitConfig
from cytoforge.jobs.atomic import write_json
from cytoforge.jobs.job import job
from cytoforge.split.regions_file import read_regions
from cytoforge.tiles.dataset import read_tiles
from cytoforge.tiles.leaks import check_leaks
from cytoforge.tiles.preflight import preflight

with job(snakemake):
    tiles = read_tiles(Path(snakemake.input.tiles[0]).parent)
    config = SplitConfig.model_validate(snakemake.params.split)
    regions, cut = read_regions(snakemake.input.regions), snakemake.params.cut
    proof = check_leaks(tiles, regions, config, cut)
    write_json(snakemake.output[0], {**proof, "warnings": preflight(tiles.info)})
