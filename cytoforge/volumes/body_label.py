"""Give the tissue that a label volume does not name a number of its own.

    python -m cytoforge.volumes.body_label CT LABELS --number 118 --to LABELS_WITH_BODY [--mr]

Organ labels have 0 for air and for all tissue that nobody has named, fat, muscle and skin. A model
that learns from them sees no outline of the body, and neither can whoever reads its images. Voxels
of 0 inside the body, which is found in the CT (`--mr`: in an MR), get the number.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from cytoforge.errors import UserError, told
from cytoforge.images.any_volume import (
    grid_of_any,
    other_format,
    read_any_header,
    read_any_voxels,
    refuse_doubts,
)
from cytoforge.images.volume_grid import same_grid, slice_view
from cytoforge.volumes.as_nifti import write_as_nifti
from cytoforge.volumes.body import CT_THRESHOLD, body_of_volume
from cytoforge.volumes.mask_stack import MaskStack
from cytoforge.volumes.nifti_file import write_nifti
from cytoforge.volumes.slice_store import unpacked

_TYPES = (np.uint8, np.int16, np.int32)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the label volume and say how much of it has the new number."""
    parser = argparse.ArgumentParser(
        prog="python -m cytoforge.volumes.body_label",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("image", metavar="CT")
    parser.add_argument("labels", metavar="LABELS")
    parser.add_argument("--number", type=int, required=True)
    parser.add_argument("--to", required=True, metavar="FILE")
    parser.add_argument("--mr", action="store_true")
    given = parser.parse_args(arguments)
    with told():
        share = label_body(given.image, given.labels, given.number, given.to, given.mr)
    print(f"{given.to}: {100 * share:.1f} % of the voxels are body that nothing else names")


def label_body(image: str, labels: str, number: int, target: str, mr: bool = False) -> float:
    """Write the labels with `number` where they are 0 inside the body; return its share of voxels.

    Raises
    ------
    UserError : another grid than the image's, a number that occurs already, or no body
    """
    for file in (image, labels):
        refuse_doubts(file)
    grid = grid_of_any(image)
    if not same_grid(grid, grid_of_any(labels)):
        raise UserError(labels, f"the grid of {image}", "another", "resample the labels onto it")
    stored = read_any_voxels(labels).reshape(grid.shape)
    if number <= 0 or (stored == number).any():
        found = f"{number}, which is background or occurs already"
        raise UserError("--number", "a number that no label has", found, "choose a larger one")
    new = np.zeros(grid.shape, bool)
    for place, plane in enumerate(_body(image, mr), 1):
        slice_view(new, grid, "z", place)[...] = plane
    new &= stored == 0
    highest = max(int(stored.max()), number)
    dtype = next(kind for kind in _TYPES if highest <= np.iinfo(kind).max)
    write_nifti(target, np.where(new, number, stored).astype(dtype), read_any_header(labels))
    return float(new.mean())


def _body(image: str, mr: bool) -> MaskStack:
    """Return the body, a mask (Y, X) of each axial slice, of a volume of any format."""
    with TemporaryDirectory() as name:
        room, nifti = Path(name), image
        if other_format(image):
            nifti = str(room / "image.nii.gz")
            write_as_nifti(image, Path(nifti), room / "image.json")
        with unpacked(nifti, "z", room) as volume:
            return body_of_volume(volume, None if mr else CT_THRESHOLD, image)


if __name__ == "__main__":
    main()
