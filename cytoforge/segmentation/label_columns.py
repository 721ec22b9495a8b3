"""The user's own label images in samples.tsv, checked before anything runs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from cytoforge.config.base import nearest
from cytoforge.config.model import Config
from cytoforge.config.own_maps import OwnMapConfig
from cytoforge.config.references import unknown_regions, with_levels_there
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import UserError
from cytoforge.images.any_volume import is_any_volume
from cytoforge.images.sample_files import file_problem
from cytoforge.images.samples import MAX_PROBLEMS, Sample
from cytoforge.jobs.user_path import real_path
from cytoforge.segmentation.methods.labels.config import LabelsConfig


def check_label_columns(
    segmentations: Mapping[str, SegmentationBase],
    samples: Mapping[str, Sample],
    own_maps: Mapping[str, OwnMapConfig] = MappingProxyType({}),
    needed: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> None:
    """Raise UserError for label files that are not there, or that are given for several images.

    needed : the images that need one, by config block (`segmentations.<name>`); others need all

    A row that becomes several images (a pattern, a stack) would give all of them the same labels.
    """
    problems, named = [], []
    columns = {column for sample in samples.values() for column in sample.columns}
    for where, wanted in _wanted(segmentations, own_maps).items():
        if not set(wanted) & columns:
            problems.append(_no_column(where, wanted, columns))
            continue
        mine = needed.get(where, samples)
        for sample in (one for name, one in samples.items() if name in mine):
            files = {name: sample.columns[name] for name in wanted if sample.columns.get(name)}
            if not files:
                problems.append(f"{sample.name}: no label file, which {where} needs")
            # The slices of a volume have the slices of one label volume.
            named += [
                (
                    sample.stack if is_any_volume(file) and sample.stack else sample.name,
                    column,
                    file,
                )
                for column, file in files.items()
            ]
    refuse_files(
        [*problems, *file_problems(named)],
        expected="a label image of its own for each image",
        fix="give each image its row and its label file",
    )


def file_problems(named: Iterable[tuple[str, str, str]]) -> list[str]:
    """Name the files that are not there, and those that several images share.

    named : image, column and file
    """
    owners: dict[str, set[str]] = defaultdict(set)
    problems: list[str] = []
    for image, column, file in named:
        owners[real_path(file)].add(image)
        if problem := file_problem(file, hint=len(problems) < MAX_PROBLEMS):
            problems.append(f"{image}: {problem} (column `{column}`)")
    return problems + [
        f"{file} belongs to several images: {', '.join(sorted(names))}"
        for file, names in owners.items()
        if len(names) > 1
    ]


def refuse_files(problems: Iterable[str], expected: str, fix: str) -> None:
    """Raise UserError with the first of some problems of samples.tsv, where there are any."""
    if problems := list(dict.fromkeys(problems)):
        more = [f"and {len(problems) - MAX_PROBLEMS} more"] if len(problems) > MAX_PROBLEMS else []
        found = "\n    - ".join(["", *problems[:MAX_PROBLEMS], *more])
        raise UserError("the table of images (config key `samples`)", expected, found, fix)


def _wanted(
    segmentations: Mapping[str, SegmentationBase], own_maps: Mapping[str, OwnMapConfig]
) -> dict[str, tuple[str, ...]]:
    """Return, by config block, the columns of which every image needs one."""
    labels = {
        f"segmentations.{name}": config.columns
        for name, config in segmentations.items()
        if isinstance(config, LabelsConfig)
    }
    return labels | {f"references.{name}": (config.column,) for name, config in own_maps.items()}


def _no_column(where: str, wanted: Collection[str], columns: Collection[str]) -> str:
    """Say that the table has none of the columns, with the nearest that it has."""
    hints = dict.fromkeys(hint for own in wanted if (hint := nearest(own, columns)))
    named = ", ".join(f"`{column}`" for column in wanted)
    return f"no column {named}, which {where} needs{''.join(hints)}"


def images_drawn(config: Config, samples: Mapping[str, Sample]) -> dict[str, list[str]]:
    """Return the images with a label file, of segmentations that only benchmarks need, by config
    block: `segmentations.<name>`. Where no image has one it is not named, and all lack it."""
    compared = config.benchmarks.values()
    needed = {name for one in compared for name in (*one.segmentations, one.truth)}
    needed -= {one.segmentation for one in config.rendered.values()}
    needed -= {one.instances for one in config.own_maps.values() if one.instances}
    found: dict[str, list[str]] = {}
    for name in needed & set(config.segmentations):
        block = config.segmentations[name]
        if isinstance(block, LabelsConfig):
            drawn = [n for n, one in samples.items() if any(map(one.columns.get, block.columns))]
            found |= {f"segmentations.{name}": drawn} if drawn else {}
    return found


def of_what_is_found(config: Config, samples: Iterable[Sample], notices: list[str]) -> Config:
    """Return the config without what no row of the table can give.

    Where no row has a file of the user's cells, or none of nuclei, the segmentation `labels` has
    none, and label maps of 4, 7 or 9 levels go without; `notices` says so.

    Raises UserError for a table of levels that asks for them.
    """
    filled = {column for one in samples for column, path in one.columns.items() if path.strip()}
    segmentations = {
        name: _of_columns(settings, filled) if isinstance(settings, LabelsConfig) else settings
        for name, settings in config.segmentations.items()
    }
    if problems := unknown_regions(config.rendered, segmentations):
        raise UserError(
            where="config and the table of images",
            expected="a label image for each object of which a label map has levels",
            found="\n    - ".join(["", *map(str, problems)]),
            fix="fill the columns of `nuclei_column` and `cells_column`, or leave these levels out",
        )
    rendered = with_levels_there(config.rendered, segmentations, notices)
    references = {**config.references, **rendered}
    return config.model_copy(update={"segmentations": segmentations, "references": references})


def _of_columns(settings: LabelsConfig, filled: Collection[str]) -> LabelsConfig:
    """Return settings without the columns of nuclei or of cells in which no row has a file."""
    keys = ("nuclei_column", "cells_column")
    empty = [key for key in keys if getattr(settings, key) not in filled]
    if len(empty) == len(keys):  # refused when an image is segmented, with the columns' names
        return settings
    return settings.model_copy(update=dict.fromkeys(empty))
