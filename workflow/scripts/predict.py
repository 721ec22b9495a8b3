"""Predict the label maps of the test images and compare them with those of the segmentation."""

from pathlib import Path

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.models import SynthesisConfig
from cytoforge.jobs.job import job
from cytoforge.metrics.agreement import write_agreement
from cytoforge.references.codes import read_codes
from cytoforge.split.regions_file import read_regions
from cytoforge.synthesis.prediction import predict_all

with job(snakemake):
    predict_all(
        Path(snakemake.input.model).parent,
        snakemake.input.images,
        snakemake.output.label_maps,
        SynthesisConfig.model_validate(snakemake.params.synthesis),
        threads=snakemake.params.threads,
    )
    write_agreement(
        snakemake.output.agreement,
        snakemake.input.label_maps,
        snakemake.output.label_maps,
        read_regions(snakemake.input.regions),
        read_codes(snakemake.input.codes[0]),
        MetricsConfig.model_validate(snakemake.params.metrics),
        snakemake.params.seed,
    )
