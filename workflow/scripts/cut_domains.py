"""Cut images of two domains into a data set of tiles."""

from pathlib import Path

from cytoforge.config.tiles import DatasetConfig
from cytoforge.jobs.job import job
from cytoforge.split.domains import DomainImages
from cytoforge.split.regions_file import read_regions
from cytoforge.tiles.cut_domains import write_domain_tiles
from cytoforge.tiles.domain_images import domain_members

with job(snakemake):
    params = snakemake.params
    config = DatasetConfig.model_validate(params.dataset)
    domains = DomainImages(**params.domains)
    paths = {Path(path).name.split(".")[0]: Path(path) for path in snakemake.input.images}
    write_domain_tiles(
        Path(snakemake.output.manifest).parent,
        domain_members(paths, domains, config.registered),
        read_regions(snakemake.input.regions),
        domains,
        config,
        params.seed,
    )
