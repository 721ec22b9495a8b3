"""Score a set of images against the real test regions and the two baselines."""

from pathlib import Path

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.references import ReferenceConfig
from cytoforge.config.segmentation import parse_segmentation
from cytoforge.images.set_manifest import files_of_set
from cytoforge.jobs.job import job
from cytoforge.metrics.label_fidelity import MapRecipe
from cytoforge.metrics.run import ScoreInputs, score
from cytoforge.pretrained.weight_files import where_weights_are

with job(snakemake):

    def by_name(paths):
        return {Path(path).name.split(".")[0]: Path(path) for path in paths}

    given, params = snakemake.input, snakemake.params
    score(
        ScoreInputs(
            name=snakemake.wildcards.set,
            made=files_of_set(given.made, "image"),
            real=by_name(given.real),
            labels=by_name(given.label_maps),
            segmentations=by_name(given.segmentations),
            again=Path(given.again) if given.again else None,
            regions=Path(given.regions),
            tiles=Path(given.tiles[0]).parent,
            evened=by_name(given.get("evened", [])),
            real_patches=Path(given.real_patches),
        ),
        MapRecipe(
            parse_segmentation(params.segmentation),
            ReferenceConfig.model_validate(params.reference),
            params.layer_channel,
            given.get("bounds") or None,
        )
        if params.segmentation
        else None,  # the user's own maps were rendered by no recipe
        MetricsConfig.model_validate({**params.metrics, **where_weights_are(snakemake.config)}),
        params.seed,
        Path(snakemake.output.scores).parent,
        threads=params.threads,
    )
