"""A volume of another format as NIfTI: the same voxels on the same grid, and what it was."""

from pathlib import Path

from cytoforge.images.any_volume import (
    doubts_of,
    files_of,
    other_format,
    read_any_header,
    read_any_voxels,
)
from cytoforge.jobs.atomic import write_json
from cytoforge.jobs.provenance import sha256_file
from cytoforge.volumes.nifti_file import write_nifti


def write_as_nifti(source: str, target: Path, about: Path) -> None:
    """Write a volume as .nii.gz on its own grid, and beside it what it was made of.

    Values are what the file means: of DICOM each slice's slope and intercept are applied. Label
    volumes keep their numbers.

    Raises UserError where the volume, or the package that reads it, cannot be used.
    """
    header = read_any_header(source)
    voxels = read_any_voxels(source)
    write_nifti(target, voxels, header)
    files = files_of(source)
    write_json(
        about,
        {
            "source": source,
            "format": other_format(source),
            "files": {Path(file).name: sha256_file(file) for file in files},
            "shape": list(voxels.shape),
            "dtype": str(voxels.dtype),
            "affine": [list(row) for row in header.affine],
            "accepted": doubts_of(source),
        },
    )
