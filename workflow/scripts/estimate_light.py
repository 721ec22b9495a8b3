"""Estimate the light that the training images share."""

from cytoforge.images.ome import read_image
from cytoforge.images.shading import lights_of_set, write_lights
from cytoforge.jobs.job import job

with job(snakemake):
    images = [read_image(path) for path in snakemake.input]
    names = [image.name for image in images]
    write_lights(snakemake.output[0], lights_of_set(images), names)
