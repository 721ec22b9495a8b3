"""Judge the label maps of a set: distances from real maps, copies, pair correlation, pictures."""

from pathlib import Path

from cytoforge.jobs.job import job
from cytoforge.metrics.map_quality.map_inputs import RealMaps
from cytoforge.metrics.map_quality.run_map_quality import MapsAsked, score_maps

with job(snakemake):

    def by_image(paths):
        return {Path(path).name.split(".")[0]: Path(path) for path in paths}

    given, params = snakemake.input, snakemake.params
    score_maps(
        MapsAsked(
            manifest=Path(given.manifest) if given.manifest else None,
            folder=list(given.maps),
            reference=params.reference,
            gap=params.gap,
        ),
        RealMaps(by_image(given.label_maps), by_image(given.segmentations), Path(given.regions)),
        Path(given.codes),
        params.side_px,
        params.confidence,
        params.seed,
        Path(snakemake.output.distances).parent,
    )
