"""The labels that a network finds in made images, read from its tables."""

from pathlib import Path

import pytest

from cytoforge.metrics.found_again import FoundAgain, read_found_again

TABLE = """image,series,code,name,f1
ct,predicted,1,liver,0.1
all,predicted,0,ground,{ground}
all,predicted,1,liver,{liver}
all,predicted,2,kidney,{kidney}
all,predicted,-1,mean,0.3
"""


def told(folder: Path, made: tuple[str, ...], real: tuple[str, ...]) -> dict[str, str]:
    """Write both tables, of ground, liver and kidney."""
    paths = {}
    for name, values in (("made", made), ("real", real)):
        ground, liver, kidney = values
        path = folder / f"{name}.csv"
        path.write_text(TABLE.format(ground=ground, liver=liver, kidney=kidney))
        paths[name] = str(path)
    return {"network": "organs", **paths}


@pytest.mark.parametrize(
    ("made", "real", "expected"),
    [
        # The kidney, which it does not find in real images, counts in neither.
        (("0.9", "0.5", "0.8"), ("1.0", "0.6", "0.4"), (2, 0.7, 0.8)),
        # What it finds in real images alone counts as 0.
        (("0.9", "", "0.8"), ("1.0", "0.6", "0.4"), (2, 0.45, 0.8)),
        (("0.9", "0.5", "0.8"), ("0.4", "", "0.4"), (0, None, None)),
    ],
    ids=["found", "lost", "nothing found in real images"],
)
def test_labels_that_are_found_in_real_images_are_compared(tmp_path: Path, made, real, expected):
    labels, of_made, of_real = expected
    found = read_found_again(told(tmp_path, made, real))
    assert found == FoundAgain("organs", labels, pytest.approx(of_made), pytest.approx(of_real))
