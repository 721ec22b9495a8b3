"""Compare the label maps of a set with those that were rendered of the same images."""

from cytoforge.config.metrics import MetricsConfig
from cytoforge.images.set_manifest import files_of_set
from cytoforge.jobs.job import job
from cytoforge.metrics.agreement import write_agreement
from cytoforge.references.codes import read_codes
from cytoforge.split.regions_file import read_regions

with job(snakemake):
    write_agreement(
        snakemake.output[0],
        snakemake.input.label_maps,
        files_of_set(snakemake.input.made, "labels"),
        read_regions(snakemake.input.regions),
        read_codes(snakemake.input.codes),
        MetricsConfig.model_validate(snakemake.params.metrics),
    )
