"""Cut the test regions out of real, made and class-mean images, as a set of images."""

from pathlib import Path

from cytoforge.images.set_manifest import files_of_set
from cytoforge.jobs.job import job
from cytoforge.metrics.region_images import cut_regions, field_paths
from cytoforge.split.regions_file import read_regions

with job(snakemake):
    given = snakemake.input
    cut_regions(
        field_paths(files_of_set(given.made, "image"), given.real, given.label_maps, given.sources),
        read_regions(given.regions),
        Path(given.tiles[0]).parent,
        Path(snakemake.output.manifest).parent,
        snakemake.params.seed,
    )
