"""Divide all images into train, val and test regions."""

from cytoforge.config.split import SplitConfig
from cytoforge.images.ome import read_image, read_shape
from cytoforge.jobs.job import job
from cytoforge.split.duplicates import check_no_duplicates
from cytoforge.split.label_values import without_label_volumes
from cytoforge.split.regions import SplitSource, split_regions
from cytoforge.split.regions_file import write_regions

with job(snakemake):
    columns = snakemake.params.columns
    sources = [
        SplitSource(name, *read_shape(path), columns[name])
        for name, path in zip(columns, snakemake.input, strict=True)
    ]
    config = SplitConfig.model_validate(snakemake.params.split)
    regions = split_regions(sources, config, snakemake.params.seed)
    # Neighbouring slices of one body are alike; blocks of them say what they prove.
    groups = {one.image: columns[one.image].get("volume", one.group) for one in regions}
    images = (read_image(path) for path in snakemake.input)
    check_no_duplicates(without_label_volumes(images, snakemake.params.volumes), groups)
    write_regions(snakemake.output[0], regions)
