"""Scores of segmenters that tell objects into classes, against those that people gave them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cytoforge.jobs.csv_file import write_csv
from cytoforge.metrics.instance_table import COLUMNS, InstanceField, instance_table
from cytoforge.metrics.segmenter_benchmark.benchmark_fields import Field
from cytoforge.segmentation.classes import ClassPlane
from cytoforge.segmentation.instance_classes import ClassedField

CLASSED = ["object", "segmenter", *COLUMNS]
OfSegmenter = Mapping[tuple[str, str], Sequence[InstanceField]]
"""Fields by object and segmenter."""


def classed_field(
    field: Field, segmenter: str, name: str, names: Sequence[str]
) -> InstanceField | None:
    """Return a field with the classes of both sides; None where either side has none.

    Parameters
    ----------
    name : of the objects
    names : of the true classes by code; those found are matched by name, others are class 0
    """
    found, true = field.found_classes.get(segmenter, {}).get(name), field.true_classes.get(name)
    labels = field.found[segmenter]
    if found is None or true is None or isinstance(labels, str):
        return None
    in_common = np.array([names.index(one) if one in names else 0 for one in found.names])
    return InstanceField(
        ClassedField(
            field.truth[name],
            labels[name],
            _of_each(true, field.truth[name]),
            in_common[_of_each(found, labels[name])],
            field.tissue,
        ),
        field.unit,
        field.pixel_size_um,
    )


def write_class_scores(
    path: Path, fields: OfSegmenter, names: Sequence[str], confidence: float, noun: str
) -> None:
    """Write `instance_table` of each object and segmenter, one below the other; the header alone
    where no segmenter tells classes.

    names : of the classes by code; the first is the ground, and no class
    """
    classes = dict(enumerate(names[1:], 1))
    rows = []
    for (name, segmenter), of_segmenter in sorted(fields.items()):
        table = instance_table(of_segmenter, classes, confidence, noun)
        known = table.astype(object).where(table.notna(), "")
        rows += [[name, segmenter, *row] for row in known.itertuples(index=False)]
    write_csv(path, CLASSED, rows)


def _of_each(plane: ClassPlane, labels: np.ndarray) -> np.ndarray:
    codes, _ = plane.of_each(labels)
    return codes
