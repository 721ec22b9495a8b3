"""Volumes that are no NIfTI become it before any other job; everything after reads the NIfTI."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from cytoforge.errors import UserError
from cytoforge.images.any_volume import (
    how_to_install,
    is_any_volume,
    lacking_package,
    nifti_of,
    read_any_header,
    refuse_doubts,
)
from cytoforge.images.samples import Sample
from cytoforge.images.volume_checks import of_place

_MOST_NAMED = 3


def at_the_door(
    samples: Mapping[str, Sample], columns: Collection[str]
) -> tuple[dict[str, Sample], dict[str, str]]:
    """Return the images with NIfTI in place of what becomes it, and the sources by these.

    columns : of samples.tsv that may name volumes, beside the images' own
    """
    sources: dict[str, str] = {}
    found: dict[str, Sample] = {}
    for name, sample in samples.items():
        files = _as_nifti(sample.files, sources)
        cells = {key: cell for key, cell in sample.columns.items() if key in columns}
        changed = _as_nifti(cells, sources)
        if (files, changed) == (sample.files, cells):
            found[name] = sample
        else:
            found[name] = replace(sample, files=files, columns={**sample.columns, **changed})
    return found, sources


def maps_at_the_door(
    paths: Iterable[str], accepted: Collection[str] = ()
) -> tuple[list[str], dict[str, str]]:
    """Return label maps with NIfTI in place of what becomes it, and the sources by these.

    accepted : `images.volumes.accept`; UserError where one has what it does not name
    """
    sources: dict[str, str] = {}
    paths = list(paths)
    for path in paths:
        refuse_doubts(path, accepted)
        _refuse_place(path, accepted)
    return list(_as_nifti({path: path for path in paths}, sources).values()), sources


def _refuse_place(path: str, accepted: Collection[str]) -> None:
    """Raise UserError for a label volume whose place in space is not said, or said twice."""
    if not is_any_volume(path):
        return
    for problem in of_place(path, read_any_header(path), accepted):
        found, _, fix = problem.removeprefix(f"{path}: ").partition("; ")
        raise UserError(path, "a label volume that says where it lies", found, fix)


def _as_nifti(files: Mapping[str, str], sources: dict[str, str]) -> dict[str, str]:
    found = {key: nifti_of(path) for key, path in files.items()}
    sources.update({found[key]: path for key, path in files.items() if found[key] != path})
    return found


def check_packages(sources: Mapping[str, str], own_environments: bool) -> None:
    """Raise UserError where a package is absent that volumes need to become NIfTI.

    own_environments : whether each rule gets the environment that it brings (`--sdm conda`)
    """
    lacking = {path: package for path in sources.values() if (package := lacking_package(path))}
    if lacking and not own_environments:
        named = ", ".join(list(lacking)[:_MOST_NAMED])
        more = f" and {len(lacking) - _MOST_NAMED} more" if len(lacking) > _MOST_NAMED else ""
        package = next(iter(lacking.values()))
        raise UserError(
            "volumes in samples.tsv",
            f"the package {package}, which reads {named}{more}",
            "it is not installed",
            how_to_install(package),
        )
