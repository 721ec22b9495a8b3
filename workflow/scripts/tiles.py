"""Cut images, label maps and instance labels into a data set of tiles."""

from pathlib import Path

from cytoforge.config.tiles import DatasetConfig
from cytoforge.images.ome import read_image
from cytoforge.jobs.job import job
from cytoforge.references.codes import read_codes
from cytoforge.references.files import read_label_map
from cytoforge.references.instances import cell_instances
from cytoforge.segmentation.files import read_segmentation
from cytoforge.split.regions_file import read_regions
from cytoforge.tiles.dataset import write_tiles

with job(snakemake):
    given = snakemake.input
    paths = zip(given.images, given.label_maps, given.segmentations, strict=True)
    write_tiles(
        Path(snakemake.output.manifest).parent,
        (
            (read_image(image), read_label_map(labels), cell_instances(read_segmentation(cells)))
            for image, labels, cells in paths
        ),
        read_regions(given.regions),
        DatasetConfig.model_validate(snakemake.params.dataset),
        read_codes(given.codes[0]),
        snakemake.params.seed,
    )
