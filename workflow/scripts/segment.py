"""Segment one image and draw the result."""

from cytoforge.config.segmentation import parse_segmentation
from cytoforge.images.ome import read_image
from cytoforge.images.picture import write_png
from cytoforge.images.samples import Sample
from cytoforge.jobs.job import job
from cytoforge.segmentation.in_bands import segment_bands
from cytoforge.segmentation.overlay import overlay
from cytoforge.segmentation.segmentation_file import write_segmentation
from cytoforge.segmentation.tally import found_in_words
from cytoforge.split.bands import block_split

with job(snakemake):
    image = read_image(snakemake.input.image)
    config = parse_segmentation(snakemake.params.segmentation)
    sample = Sample(image.name, files={}, columns=snakemake.params.labels)
    strips = block_split(snakemake.params.strips)
    bands = strips and strips.bands(image.shape)
    segmentation = segment_bands(image, bands, config, sample)
    picture = overlay(image, segmentation, config.nuclei_channel, config.cytoplasm_channel)
    found = found_in_words(segmentation, image.pixel_size_um)
    write_png(snakemake.output.overlay, picture, found)
    write_segmentation(snakemake.output.segmentation, segmentation, image.pixel_size_um)
