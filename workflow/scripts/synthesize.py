"""Make a set with a trained model: images of label maps, or label maps of images."""

from pathlib import Path

from cytoforge.config.models import SynthesisConfig
from cytoforge.jobs.job import job
from cytoforge.references.own.neighbour_slices import SlicePlace
from cytoforge.synthesis.run import SetRequest, make_set

with job(snakemake):
    given, params = snakemake.input, snakemake.params
    make_set(
        Path(given.model).parent,
        SetRequest(
            model_name=params.model,
            maps=[Path(path) for path in given.maps],
            images=[Path(path) for path in given.images],
            instances=[Path(path) for path in given.instances],
            from_user=bool(params.map_contents),
            samples=params.samples,
            resample=params.resample,
            volumes=params.volumes,
            plane=params.plane,
            places={name: SlicePlace(**place) for name, place in params.places.items()},
            maps_of=Path(given.maps_of) if given.maps_of else None,
            images_of=Path(given.images_of) if given.images_of else None,
        ),
        Path(snakemake.output.manifest).parent,
        SynthesisConfig.model_validate(params.synthesis),
        seed=params.seed,
        threads=params.threads,
    )
