"""Config of volumes: which slices become images, windows of CT, and what is accepted of files."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from cytoforge.config.base import Once, Section

# Hounsfield units; of those with a centre and a width, as radiologists set them by hand.
WINDOWS: dict[str, tuple[float, float]] = {
    "ct": (-1000, 1000),
    "ct_wide": (-1024, 1600),
    "soft_tissue": (-160, 240),  # 40 / 400
    "lung": (-1350, 150),  # -600 / 1500
    "bone": (-500, 1300),  # 400 / 1800
    "brain": (0, 80),  # 40 / 80
    "mediastinum": (-125, 225),  # 50 / 350
    "liver": (-20, 140),  # 60 / 160
}
WindowName = Literal[
    "ct", "ct_wide", "soft_tissue", "lung", "bone", "brain", "mediastinum", "liver"
]
Bound = Annotated[float, Field(ge=-(10**6), le=10**6)]
Accepted = Literal[
    "forms", "no_affine", "eight_bit", "label_grid", "label_values", "uneven_slices", "compressed"
]


class VolumesConfig(Section):
    plane: Literal["axial", "coronal", "sagittal"] = "axial"
    """Which slices of a volume become images. They are those of the acquisition:
    the file's axis nearest to the body's, reordered and turned round, never resampled. Column
    `planes` of samples.tsv may say otherwise for a volume."""
    body: str = "none"
    """What is kept of a volume. `none`: all; `threshold`: the body found in it in three dimensions
    (its table is dropped); or a column of samples.tsv with each volume's mask, 0 outside. Voxels
    outside get the grey value that becomes 0."""
    accept: Annotated[tuple[Accepted, ...], Once] = ()
    """What else is refused: `forms`, sform and qform that disagree (the sform is taken);
    `no_affine`, a file that says no place in space (axes as stored: right, front, up); `eight_bit`,
    8 bits for `normalisation.window`, which have no Hounsfield units any more; `label_grid`, labels
    of the same size that lie elsewhere than their image; `label_values`, an image with the values
    of labels; `uneven_slices`, a DICOM series whose slices are not equally far apart, of which a
    stack is made at their median distance: each of its slices is the nearest one, never
    interpolated; `compressed`, DICOM in lossless JPEG or JPEG 2000."""

    @field_validator("body")
    @classmethod
    def _said(cls, body: str) -> str:
        if not body.strip():
            raise ValueError("`none`, `threshold`, or a column of samples.tsv with masks")
        return body
