"""Convert one raw image to the canonical OME-TIFF."""

from cytoforge.config.images import ImagesConfig
from cytoforge.images.convert import convert
from cytoforge.images.ome import write_image
from cytoforge.images.samples import Sample
from cytoforge.jobs.job import job

with job(snakemake):
    sample = Sample(**snakemake.params.sample)
    config = ImagesConfig.model_validate(snakemake.params.images)
    write_image(snakemake.output[0], convert(sample, config))
