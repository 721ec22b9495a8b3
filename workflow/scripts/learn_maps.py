"""Let a source of label maps learn from the training regions."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.map_sources.run import learn_from_regions
from cytoforge.references.codes import read_codes
from cytoforge.split.regions_file import read_regions

with job(snakemake):
    given, params = snakemake.input, snakemake.params
    pairs = zip(map(Path, given.segmentations), map(Path, given.label_maps), strict=True)
    learn_from_regions(
        params.source,
        {labels.stem: (segmentation, labels) for segmentation, labels in pairs},
        read_regions(given.regions),
        read_codes(given.codes),
        params.seed,
        snakemake.output[0],
    )
