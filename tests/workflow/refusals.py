"""What is said when something is refused, without a run of Snakemake."""

from collections.abc import Callable

import pytest

from cytoforge.config.load import load_config
from cytoforge.errors import UserError
from cytoforge.images.convert import convert
from cytoforge.images.samples import Sample, read_samples
from cytoforge.segmentation.label_columns import check_label_columns
from cytoforge.segmentation.registry import segment
from tests.workflow.tiny_project import Project


def reader(project: Project) -> Callable[[], dict[str, Sample]]:
    """Return what rules/common.smk reads of a project before anything is planned, and refuses."""

    def read_all() -> dict[str, Sample]:
        config = load_config(project.config())
        samples = {
            sample.name: sample for sample in read_samples(config.samples, config.images.channels)
        }
        check_label_columns(config.segmentations, samples)
        for segmentation in config.segmentations.values():
            segmentation.model_files()
        return samples

    return read_all


def refused(work: Callable[..., object], *arguments: object) -> str:
    """Return what is said when something is refused."""
    with pytest.raises(UserError) as told:
        work(*arguments)
    return str(told.value)


def segmented(project: Project, read: Callable[[], dict[str, Sample]]) -> object:
    """Return the segmentation of image b."""
    config, sample = load_config(project.config()), read()["b"]
    return segment(convert(sample, config.images), config.segmentations["cells"], sample)
