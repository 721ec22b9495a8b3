"""Convert one raw image to the canonical OME-TIFF."""

from cytoforge.config.images import ImagesConfig
from cytoforge.images.convert import convert
from cytoforge.images.ome import write_image
from cytoforge.images.samples import Sample
from cytoforge.images.volume_facts import facts_of
from cytoforge.jobs.job import job
from cytoforge.split.bands import block_split

with job(snakemake):
    sample = Sample(**snakemake.params.sample)
    config = ImagesConfig.model_validate(snakemake.params.images)
    strips = block_split(snakemake.params.strips)
    of_volume = facts_of(snakemake.params.volume, sample.plane)
    image = convert(sample, config, strips and strips.training_box, of_volume)
    write_image(snakemake.output[0], image)
