"""The user's own label images in samples.tsv, checked before anything runs."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from cytoforge.config.base import nearest
from cytoforge.config.references import ReferenceConfig
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import UserError
from cytoforge.images.sample_files import file_problem
from cytoforge.images.samples import MAX_PROBLEMS, Sample
from cytoforge.jobs.user_path import real_path
from cytoforge.segmentation.methods.labels.config import LabelsConfig, label_columns


def check_label_columns(
    segmentations: Mapping[str, SegmentationBase], samples: Mapping[str, Sample]
) -> None:
    """Raise UserError for label files that are not there, or that are given for several images.

    A row that becomes several images (a pattern, a stack) would give all of them the same labels.
    """
    owners: dict[str, set[str]] = defaultdict(set)
    problems = []
    columns = {column for sample in samples.values() for column in sample.columns}
    for name, config in segmentations.items():
        if isinstance(config, LabelsConfig) and not set(config.columns) & columns:
            problems.append(_no_column(name, config, columns))
            continue
        for sample in samples.values():
            files = label_columns(config, sample)
            if isinstance(config, LabelsConfig) and not files:
                problems.append(f"{sample.name}: no label file, which segmentations.{name} needs")
            for column, file in files.items():
                owners[real_path(file)].add(sample.name)
                if problem := file_problem(file, hint=len(problems) < MAX_PROBLEMS):
                    problems.append(f"{sample.name}: {problem} (column `{column}`)")
    problems += [
        f"{file} belongs to several images: {', '.join(sorted(names))}"
        for file, names in owners.items()
        if len(names) > 1
    ]
    if problems := list(dict.fromkeys(problems)):
        more = [f"and {len(problems) - MAX_PROBLEMS} more"] if len(problems) > MAX_PROBLEMS else []
        raise UserError(
            where="samples.tsv",
            expected="a label image of its own for each image",
            found="\n    - ".join(["", *problems[:MAX_PROBLEMS], *more]),
            fix="give each image its row and its label file",
        )


def _no_column(name: str, config: LabelsConfig, columns: Collection[str]) -> str:
    """Say that the table has none of the columns, with the nearest that it has."""
    hints = dict.fromkeys(hint for own in config.columns if (hint := nearest(own, columns)))
    named = ", ".join(f"`{column}`" for column in config.columns)
    return f"no column {named}, which segmentations.{name} needs{''.join(hints)}"


def check_label_layers(
    references: Mapping[str, ReferenceConfig],
    segmentations: Mapping[str, SegmentationBase],
    samples: Mapping[str, Sample],
) -> None:
    """Raise UserError for layers of the user's cells where no row names a file of cells.

    Nuclei alone are taken for cells: there is no cytoplasm, whose grey value would sort them.
    """
    for name, reference in references.items():
        config = segmentations[reference.segmentation]
        if not isinstance(config, LabelsConfig) or not reference.n_layers:
            continue
        column = config.cells_column or ""
        if not any(sample.columns.get(column) for sample in samples.values()):
            raise UserError(
                where=f"references.{name}.levels",
                expected=f"label images of cells in column `{column}` of samples.tsv: layers sort"
                " cells by the grey value of their cytoplasm",
                found="nuclei alone, which have no cytoplasm",
                fix="fill the column, use `levels: 4`, or a table without `layer`",
            )
