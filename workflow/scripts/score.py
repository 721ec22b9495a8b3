"""Score one model against the real test regions and the two guards."""

from pathlib import Path

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.references import ReferenceConfig
from cytoforge.config.segmentation import parse_segmentation
from cytoforge.jobs.job import job
from cytoforge.metrics.controllability import MapRecipe
from cytoforge.metrics.run import ScoreInputs, score
from cytoforge.pretrained.weight_files import where_weights_are
from cytoforge.synthesis.manifest import synthetic_images

with job(snakemake):

    def by_name(paths):
        return {Path(path).name.split(".")[0]: Path(path) for path in paths}

    score(
        ScoreInputs(
            model_name=snakemake.wildcards.model,
            synthetic=synthetic_images(snakemake.input.synthetic),
            real=by_name(snakemake.input.real),
            labels=by_name(snakemake.input.label_maps),
            segmentations=by_name(snakemake.input.segmentations),
            regions=Path(snakemake.input.regions),
            tiles=Path(snakemake.input.tiles[0]).parent,
        ),
        MapRecipe(
            parse_segmentation(snakemake.params.segmentation),
            ReferenceConfig.model_validate(snakemake.params.reference),
            snakemake.params.layer_channel,
            snakemake.input.get("bounds") or None,
        ),
        MetricsConfig.model_validate(
            {**snakemake.params.metrics, **where_weights_are(snakemake.config)}
        ),
        snakemake.params.seed,
        Path(snakemake.output.scores).parent,
        threads=snakemake.params.threads,
    )
