"""Cut images, label maps and instance labels into a data set of tiles."""

from itertools import chain
from pathlib import Path

from cytoforge.config.tiles import DatasetConfig
from cytoforge.jobs.job import job
from cytoforge.references.codes import read_codes
from cytoforge.references.own.classes import classes_of_codes
from cytoforge.references.own.neighbour_slices import NeighbourSlices, SlicePlace
from cytoforge.split.domains import DomainImages
from cytoforge.split.regions_file import read_regions
from cytoforge.tiles.dataset import write_tiles
from cytoforge.tiles.members import (
    MadeSet,
    members_of_made,
    members_of_real,
    regions_taken,
    unlabelled_members,
)

with job(snakemake):
    given, params = snakemake.input, snakemake.params
    codes = read_codes(given.codes)
    sources = {Path(path).name.split(".")[0]: Path(path) for path in given.segmentations}
    labelled = given.images[: len(given.label_maps)]
    real = members_of_real(labelled, given.label_maps, given.segmentations if labelled else [])
    others = unlabelled_members(given.images[len(labelled) :])
    config = DatasetConfig.model_validate(params.dataset)
    domains = DomainImages(**(params.domains or {}))
    taken = {*sources, *chain(*domains.of.values())}
    places = {name: SlicePlace(**place) for name, place in params.places.items()}
    around = NeighbourSlices(classes_of_codes(codes), config.neighbours, places)
    made = (members_of_made(MadeSet(**one), codes, sources) for one in params.made)
    write_tiles(
        Path(snakemake.output.manifest).parent,
        chain(real, others, *made),
        regions_taken(read_regions(given.regions), config, taken),
        config,
        codes,
        params.seed,
        domains if domains.of else None,
        around.of if config.neighbours else None,
    )
