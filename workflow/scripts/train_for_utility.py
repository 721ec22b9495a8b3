"""Train a segmenter on one kind of images and test it on held-out real ones, once per seed."""

from pathlib import Path

from cytoforge.config.training import config_class
from cytoforge.config.utility import UtilityRow
from cytoforge.jobs.job import job
from cytoforge.metrics.utility.held_out_objects import held_out
from cytoforge.metrics.utility.train_row import RowJob, train_row
from cytoforge.seeds import derive_seed
from cytoforge.split.regions_file import read_regions
from cytoforge.tiles.tile_set import read_tiles

with job(snakemake) as terminal:

    def by_image(paths):
        return {Path(path).name.split(".")[0]: Path(path) for path in paths}

    given, params = snakemake.input, snakemake.params
    tiles = [Path(manifest).parent for manifest in given.tiles]
    train_row(
        RowJob(
            row=UtilityRow(**params.row),
            model=params.model,
            training=config_class(params.model).model_validate(params.training),
            objects=params.objects,
            seed=derive_seed(params.seed, "utility", snakemake.wildcards.utility),
            seeds=params.seeds,
        ),
        {folder.name: read_tiles(folder) for folder in tiles},
        held_out(
            by_image(given.images),
            by_image(given.truth),
            read_regions(given.regions),
            params.objects,
        ),
        Path(snakemake.output.table),
        Path(params.state),
        terminal,
    )
