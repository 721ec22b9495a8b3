"""Draw spots in the objects of label maps, with their images and coordinates."""

from pathlib import Path

from cytoforge.config.images import NormalisationConfig
from cytoforge.config.spots import SpotsConfig
from cytoforge.jobs.job import job
from cytoforge.spots.spot_set import SpotRequest, make_spot_set, objects_of_maps

with job(snakemake):
    given, params = snakemake.input, snakemake.params
    objects, sources = objects_of_maps(given.maps_of or None, given.objects)
    make_spot_set(
        SpotRequest(
            set_name=snakemake.wildcards.set,
            objects=objects,
            sources=sources,
            pixel_size_um=params.pixel_size_um,
            codes=tuple(params.codes),
        ),
        Path(snakemake.output.manifest).parent,
        SpotsConfig.model_validate(params.spots),
        NormalisationConfig.model_validate(params.normalisation),
        seed=params.seed,
    )
