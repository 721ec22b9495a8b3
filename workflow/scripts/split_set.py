"""Divide the images of a set as the real images behind them are divided."""

from cytoforge.config.split import SplitConfig
from cytoforge.jobs.job import job
from cytoforge.split.of_set import regions_of_set
from cytoforge.split.regions_file import read_regions, write_regions

with job(snakemake):
    params, real = snakemake.params, read_regions(snakemake.input.regions)
    config = SplitConfig.model_validate(params.split)
    regions = list(real) if params.with_real else []
    for manifest, prefix in zip(snakemake.input.manifests, params.prefixes, strict=True):
        regions += regions_of_set(manifest, prefix, real, config, params.seed)
    write_regions(snakemake.output[0], regions)
