"""Take the mean grey value of each cell of the training regions."""

from cytoforge.jobs.job import job
from cytoforge.references.means_file import write_means
from cytoforge.references.run import cell_means
from cytoforge.split.regions_file import read_regions

with job(snakemake):
    means = cell_means(
        snakemake.input.images,
        snakemake.input.segmentations,
        read_regions(snakemake.input.regions),
        snakemake.params.channel,
        whole_images=snakemake.params.mode == "original",
    )
    write_means(snakemake.output[0], means)
