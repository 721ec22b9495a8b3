"""The exact objects behind the images of a set, for scores of what is found in these images."""

from collections.abc import Mapping
from pathlib import Path

from cytoforge.errors import UserError
from cytoforge.images.set_manifest import objects_of_maps, read_manifest


def exact_truth(
    manifest: str | Path,
    maps_of: str | Path | None = None,
    segmentations: Mapping[str, Path] | None = None,
) -> dict[str, Path]:
    """Return the segmentation file with the true objects of each image of a set, by its name.

    Of an image that was made of a drawn label map these are the objects that were drawn: exact. Of
    one that was made of a real image's label map they are the segmentation behind that map.

    Parameters
    ----------
    manifest : manifest.csv of the set
    maps_of : manifest.csv of the drawn set that its images were made of, or of the set itself
    segmentations : of the real images, by their names

    Raises
    ------
    UserError : an image without any
    """
    drawn = objects_of_maps(manifest, maps_of) if maps_of else {}
    real, truth, missing = segmentations or {}, {}, []
    for row in read_manifest(manifest):
        found = drawn.get(row["name"]) or real.get(row["source"])
        if found is None:
            missing.append(row["name"])
        else:
            truth[row["name"]] = found
    if missing:
        raise UserError(
            where=str(manifest),
            expected="exact objects behind every image of the set",
            found=f"none of {', '.join(missing[:5])}{', …' if len(missing) > 5 else ''}",
            fix="take a set made of drawn maps (`maps_by`) or of real ones, or name a segmentation"
            " as `truth`",
        )
    return truth
