"""Cut the training tiles of real, synthetic or re-rendered images, with their true objects."""

from pathlib import Path

from cytoforge.config.tiles import DatasetConfig
from cytoforge.jobs.job import job
from cytoforge.metrics.utility.cut_tiles_of_kind import (
    cut_tiles_of_kind,
    images_of_set,
    real_images,
)
from cytoforge.references.codes import read_codes
from cytoforge.split.regions_file import read_regions

with job(snakemake):

    def by_image(paths):
        return {Path(path).name.split(".")[0]: Path(path) for path in paths}

    given, params = snakemake.input, snakemake.params
    truth = by_image(given.truth)
    cut_tiles_of_kind(
        Path(snakemake.output.manifest).parent,
        [
            *real_images(by_image(given.images), by_image(given.label_maps), truth),
            *images_of_set(given.manifest, given.maps_of, truth),
        ],
        read_regions(given.regions),
        params.objects,
        DatasetConfig.model_validate(params.dataset),
        read_codes(given.codes),
        params.seed,
    )
