"""Cut images and label maps into a data set of tiles."""

from pathlib import Path

from cytoforge.config.tiles import DatasetConfig
from cytoforge.images.ome import read_image
from cytoforge.job_log import job_log
from cytoforge.references.codes import read_codes
from cytoforge.references.files import read_label_map
from cytoforge.split.regions_file import read_regions
from cytoforge.tiles.dataset import write_tiles

with job_log(snakemake.log[0]):
    paths = zip(snakemake.input.images, snakemake.input.label_maps, strict=True)
    write_tiles(
        Path(snakemake.output.manifest).parent,
        ((read_image(image), read_label_map(labels)) for image, labels in paths),
        read_regions(snakemake.input.regions),
        DatasetConfig.model_validate(snakemake.params.dataset),
        read_codes(snakemake.input.codes[0]),
        snakemake.params.seed,
    )
