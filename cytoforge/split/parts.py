"""Which images data sets of label maps take, and which images need label maps at all."""

from collections.abc import Iterator, Mapping, Sequence

from cytoforge.config.base import nearest
from cytoforge.config.model import Config
from cytoforge.config.tiles import DatasetConfig
from cytoforge.config.utility_problems import truth_of
from cytoforge.errors import UserError
from cytoforge.images.samples import Sample

Samples = Mapping[str, Sample]


def images_of_part(dataset: DatasetConfig, samples: Samples) -> tuple[str, ...]:
    """Return the images that a data set takes label maps of: those of `where` or of the first of
    two domains, or all."""
    first = next(iter(dataset.domains.values())) if dataset.domains and dataset.unpaired else {}
    cells = dataset.where or first
    return tuple(name for name, sample in samples.items() if has_cells(sample.columns, cells))


def labelled_images(config: Config, parts: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the images of which label maps, and segmentations for them, are needed, by config
    block: `references.<name>`, `segmentations.<name>`. Those of no data set are not named.

    parts : images of each data set
    """
    found: dict[str, set[str]] = {}
    for name, dataset in config.datasets.items():
        reference = dataset.reference
        if reference is None:
            continue
        found.setdefault(f"references.{reference}", set()).update(parts[name])
        if reference in config.rendered:
            segmentation = config.rendered[reference].segmentation
            found.setdefault(f"segmentations.{segmentation}", set()).update(parts[name])
    for block in config.utility.values():
        truth = f"segmentations.{truth_of(config, block)}"
        found.setdefault(truth, set()).update(parts[block.real])
    return {block: sorted(names) for block, names in found.items()}


def check_parts(datasets: Mapping[str, DatasetConfig], samples: Samples) -> None:
    """Raise UserError, with all problems at once, for columns and values of `where` that the table
    does not have."""
    rows = [sample.columns for sample in samples.values()]
    problems = [
        line
        for name, dataset in datasets.items()
        if dataset.where is not None
        for line in unknown_cells(f"datasets.{name}.where", dataset.where, rows)
    ]
    if problems:
        raise UserError(
            "config and the table of images",
            "columns and values of `where` that images have",
            "\n    - ".join([count_of(problems), *problems]),
            "correct them",
        )


def unknown_cells(
    where: str, cells: Mapping[str, str], rows: Sequence[Mapping[str, str]]
) -> Iterator[str]:
    """Name columns and values that no row has, with the nearest that one has."""
    known = sorted({column for row in rows for column in row})
    missing = [column for column in cells if column not in known]
    for column in missing:
        yield (
            f"{where}: no column {column!r} in samples.tsv"
            f" (there: {', '.join(known) or 'none'}){nearest(column, known)}"
        )
    unknown = bool(missing)
    for column in () if missing else cells:
        values = sorted({row.get(column, "").strip() for row in rows} - {""})
        if cells[column] not in values:
            unknown = True
            yield (
                f"{where}: no image has {cells[column]!r} in column {column!r}"
                f" (there: {', '.join(values[:10])}){nearest(cells[column], values)}"
            )
    if not unknown and not any(has_cells(row, cells) for row in rows):
        wanted = ", ".join(f"{column} {value}" for column, value in cells.items())
        yield f"{where}: no image has all of {wanted}"


def has_cells(row: Mapping[str, str], cells: Mapping[str, str]) -> bool:
    """Return whether a row has all these values in these columns."""
    return all(row.get(column, "").strip() == cell for column, cell in cells.items())


def count_of(problems: Sequence[str]) -> str:
    """Return how many problems there are, in words.

    >>> count_of(["a"]), count_of(["a", "b"])
    ('1 problem', '2 problems')
    """
    return f"{len(problems)} problem{'s' * (len(problems) > 1)}"
