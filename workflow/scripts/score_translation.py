"""Score a set of translated images beside its baselines, and whether the detour over it pays."""

from pathlib import Path

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.segmentation import parse_segmentation
from cytoforge.jobs.job import job
from cytoforge.metrics.translation.run_translation import score_set
from cytoforge.metrics.translation.translation_inputs import TranslationInputs, points_of_files
from cytoforge.pretrained.weight_files import where_weights_are

with job(snakemake):

    def by_image(paths):
        return {Path(path).name.split(".")[0]: Path(path) for path in paths}

    given, params = snakemake.input, snakemake.params
    names = list(params.segmentations)
    score_set(
        TranslationInputs(
            manifest=Path(given.manifest),
            images=by_image(given.images),
            target=params.target,
            regions=Path(given.regions),
            found={
                name: by_image(path for path in given.found if Path(path).parent.name == name)
                for name in names
            },
            found_again=dict(zip(names, map(Path, given.found_again), strict=True)),
            partners=params.partners,
            registered=params.registered,
            back=Path(given.back) if given.back else None,
            points=points_of_files(params.points, by_image(given.images)),
            truth=by_image(given.truth),
            second_stain=params.second_stain,
        ),
        {name: parse_segmentation(block) for name, block in params.segmentations.items()},
        params.detour,
        MetricsConfig.model_validate({**params.metrics, **where_weights_are(snakemake.config)}),
        params.seed,
        Path(snakemake.output.scores).parent,
        threads=params.threads,
    )
