"""Which true spots are in which image of a set, whatever the set was made by."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cytoforge.errors import UserError

Row = Mapping[str, str]


def rows_of_truth(images: Sequence[Row], spots: Sequence[Row]) -> dict[str, Row]:
    """Return the row of a set of spots that tells where the spots of each image are, by its name.

    An image of a spot mask is known by the mask's path (`label_map`), others by their `map` or
    name: sets of one layout share the names of their maps.

    Parameters
    ----------
    images : rows of the manifest of a set with spots in it
    spots : rows of the manifest of the set whose spots they are

    Raises
    ------
    UserError : an image whose spots are in no row

    >>> spots = [{"name": "a", "spots": "a.csv"}]
    >>> rows_of_truth([{"name": "a_s1", "map": "a"}], spots)["a_s1"]["spots"]
    'a.csv'
    """
    by_name = {row["name"]: row for row in spots}
    by_mask = {Path(row["labels"]): row for row in spots if row.get("labels")}
    found: dict[str, Row] = {}
    for row in images:
        mask = row.get("label_map")
        keys = (row["name"], row.get("map", ""))
        truth = by_mask.get(Path(mask)) if mask else None
        truth = truth or next((by_name[key] for key in keys if key in by_name), None)
        if truth is None:
            raise UserError(
                where=f"image {row['name']}",
                expected="an image of one of the maps that spots were drawn in",
                found=f"none of its name among {', '.join(list(by_name)[:5]) or 'no maps'}",
                fix="let the sets have the same `maps` (and `split`)",
            )
        found[row["name"]] = truth
    return found
