"""Cut the training tiles of real, synthetic or re-rendered images, with their true objects."""

from pathlib import Path

from cytoforge.config.tiles import DatasetConfig
from cytoforge.images.set_manifest import read_manifest
from cytoforge.jobs.job import job
from cytoforge.metrics.utility.cut_tiles_of_kind import Learnable, cut_tiles_of_kind
from cytoforge.references.codes import read_codes
from cytoforge.split.regions_file import read_regions
from cytoforge.synthesis.exact_truth import exact_truth

with job(snakemake):

    def by_image(paths):
        return {Path(path).name.split(".")[0]: Path(path) for path in paths}

    given, params = snakemake.input, snakemake.params
    truth = by_image(given.truth)
    if given.manifest:
        exact = exact_truth(given.manifest, given.maps_of or None, truth)
        images = [
            Learnable(name, Path(row["image"]), Path(row["labels"]), exact[name], row["source"])
            for row in read_manifest(given.manifest)
            if (name := row["name"])
        ]
    else:
        labels = by_image(given.label_maps)
        images = [
            Learnable(name, path, labels[name], truth[name], source=name)
            for name, path in by_image(given.images).items()
        ]
    cut_tiles_of_kind(
        Path(snakemake.output.manifest).parent,
        images,
        read_regions(given.regions),
        params.objects,
        DatasetConfig.model_validate(params.dataset),
        read_codes(given.codes),
        params.seed,
    )
