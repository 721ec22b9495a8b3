"""A volume of any format, told by its name: NIfTI, or one that becomes NIfTI before any other job.

NRRD, MetaImage and DICOM are modules of `images/volume_formats/`. While a run is planned their
headers are asked, by the standard library alone; their voxels are read once, by a package that may
be absent, and whatever comes after reads the NIfTI that is written of them.
"""

from collections.abc import Collection
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from cytoforge.errors import UserError
from cytoforge.images import nifti_header
from cytoforge.images.nifti_header import NiftiHeader
from cytoforge.images.volume_grid import VolumeGrid, grid_of_header
from cytoforge.jobs.by_name import load, names_in, plugin_folder

if TYPE_CHECKING:
    import numpy as np

# Where volumes of other formats lie as NIfTI.
FOLDER = "results/nifti"
ROOM = "volume_formats"


class VolumeFormat(Protocol):
    """What a module of `cytoforge.images.volume_formats` offers; a new one needs no other line."""

    PACKAGE: str
    """The package that reads voxels, which may be absent."""

    def claims(self, path: str) -> bool:
        """Return whether a path is of this format, by its name, or by what a folder holds."""
        ...

    def files_of(self, path: str) -> list[str]:
        """Return all files that a volume consists of."""
        ...

    def read_header(self, path: str) -> NiftiHeader:
        """Return shape, type and place in space as NIfTI says it (x right, y front, z up)."""
        ...

    def doubts(self, path: str) -> dict[str, str]:
        """Return what is read only where `images.volumes.accept` names it: by that name what was
        found, and after a semicolon what else to do."""
        ...

    def read_voxels(self, path: str) -> "np.ndarray":
        """Return the voxels (A, B, C) in the order of the header's axes, in what they mean."""
        ...


@lru_cache(maxsize=65_536)
def other_format(path: str) -> str:
    """Return the name of the format that a volume is converted from; "" for NIfTI and for whatever
    is no volume.

    >>> other_format("a/CT.MHA"), other_format("a/ct.nii.gz"), other_format("a/ct.tif")
    ('metaimage', '', '')
    """
    if not path or nifti_header.is_volume(path):
        return ""
    return next((name for name in _names(plugin_folder()) if _format(name).claims(path)), "")


def is_any_volume(path: str | Path) -> bool:
    """Return whether a file is a volume by its name, or a folder one of DICOM.

    >>> is_any_volume("ct.nrrd"), is_any_volume("ct.nii"), is_any_volume("nrrd.tif")
    (True, True, False)
    """
    return nifti_header.is_volume(path) or bool(other_format(str(path)))


def read_any_header(path: str | Path) -> NiftiHeader:
    """Return the header of a volume. UserError where it cannot be read or is none of three axes."""
    name = other_format(str(path))
    return _format(name).read_header(str(path)) if name else nifti_header.read_header(path)


def grid_of_any(path: str | Path) -> VolumeGrid:
    """Return the grid of a volume; UserError where it is none."""
    return grid_of_header(read_any_header(path), path)


def doubts_of(path: str | Path) -> dict[str, str]:
    """Return what is read of a volume only where it is accepted, in words, by the setting's name;
    UserError where its header cannot be read."""
    name = other_format(str(path))
    return _format(name).doubts(str(path)) if name else {}


def refuse_doubts(path: str | Path, accepted: Collection[str] = ()) -> None:
    """Raise UserError where something of a volume is read only if accepted, and is not."""
    for name, words in doubts_of(path).items():
        if name not in accepted:
            found, _, fix = words.partition("; ")
            raise UserError(
                str(path), "a volume that can be taken as it is", found,
                f"{fix}, or accept it: images.volumes.accept: [{name}]",
            )  # fmt: skip


def read_any_voxels(path: str | Path) -> "np.ndarray":
    """Return the voxels of a volume in its own axes, with slope and intercept applied.

    Raises UserError where the package is absent that reads the format.
    """
    import numpy as np

    from cytoforge.images.formats.nifti import voxels
    from cytoforge.images.raw import readable

    name = other_format(str(path))
    if not name:
        with readable(str(path)):
            return np.asarray(voxels(str(path)))
    if lack := lacking_package(str(path)):
        raise UserError(str(path), f"the package {lack}", "none such", how_to_install(lack))
    return _format(name).read_voxels(str(path))


def files_of(path: str) -> list[str]:
    """Return the files that a volume consists of: slices of a DICOM folder, data beside a header.

    Raises UserError where they cannot be found.
    """
    name = other_format(path)
    return _format(name).files_of(path) if name else [path]


def lacking_package(path: str) -> str:
    """Return the package that is needed for a volume and is not installed; "" where none is."""
    name = other_format(path)
    package = _format(name).PACKAGE if name else ""
    return package if package and find_spec(package) is None else ""


def how_to_install(package: str) -> str:
    """Return what to do about a package that is absent."""
    return (
        f"install it (pip install {package}), run with `--sdm conda`, which makes"
        " envs/volume_formats.yaml, or convert the file to NIfTI"
    )


def nifti_of(path: str) -> str:
    """Return where a volume lies as NIfTI under its own name, the path itself where it is one.

    >>> nifti_of("raw/p1/ct.mha"), nifti_of("raw/p1/ct.nii")
    ('results/nifti/4053729b88/ct.nii.gz', 'raw/p1/ct.nii')
    """
    if not other_format(path):
        return path
    place = Path(path)
    name = place.stem if place.suffix.lower() in _ENDINGS else place.name
    return f"{FOLDER}/{sha256(path.encode()).hexdigest()[:10]}/{name or 'dicom'}.nii.gz"


# Of names; a folder's may have dots.
_ENDINGS = (".nrrd", ".nhdr", ".mha", ".mhd")


@lru_cache
def _names(plugins: Path | None) -> tuple[str, ...]:
    """Return the names of all formats: a folder listed per file took a thirtieth of planning."""
    return names_in(ROOM)


def _format(name: str) -> VolumeFormat:
    return cast(VolumeFormat, load(ROOM, name))
