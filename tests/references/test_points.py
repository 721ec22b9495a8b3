"""Points as truth: what is read again as it was written, and what is refused."""

import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.references.points import Points, read_points, write_points

HEADER = "name,x_um,y_um,class\n"


def points_of(tmp_path, text: str, name: str = "tile"):
    (tmp_path / "points.csv").write_text(text, encoding="utf-8")
    return read_points(tmp_path / "points.csv", name, (20, 40), 0.5, "column `points`")


def test_what_is_written_is_read_again(tmp_path):
    points = Points(np.array([[0.1, 1 / 3], [20, 10]]), ("stroma", "other"))
    write_points(tmp_path / "a.csv", "tile", points)
    found = read_points(tmp_path / "a.csv", "tile", (20, 40), 0.5, "here")
    assert np.array_equal(found.xy_um, points.xy_um)
    assert found.classes == points.classes


def test_a_header_alone_is_an_image_without_points(tmp_path):
    found = points_of(tmp_path, HEADER)
    assert (found.xy_um.shape, found.classes) == ((0, 2), ())


def test_a_file_may_serve_several_images(tmp_path):
    found = points_of(tmp_path, f"{HEADER}other,999,1,a\ntile,1,2,b\n")
    assert (found.xy_um.tolist(), found.classes) == ([[1, 2]], ("b",))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name,x,y,class\ntile,1,2,a\n", "no x_um, y_um"),
        (f"{HEADER}tile,nan,2,a\n", "line 2: x_um 'nan' is no number"),
        (f"{HEADER}tile,1,inf,a\n", "line 2: y_um 'inf' is no number"),
        (f"{HEADER}tile,one,2,a\n", "line 2: x_um 'one' is no number"),
        (f"{HEADER}tile,20.1,2,a\n", "line 2: x_um 20.1 is not within 0 to 20"),
        (f"{HEADER}tile,1,-0.1,a\n", "line 2: y_um -0.1 is not within 0 to 10"),
        (f"{HEADER}tile,1,2,\n", "line 2: no class"),
        (f"{HEADER}tile,1,2\n", "line 2: no class"),
        (f"{HEADER}tile,1,2,a,b\n", "line 2: 5 cells"),
        (f"{HEADER}tile,1,11,a\ntile,21,1,a\n", "2 problems"),
        (f"{HEADER}tiles,1,2,a\n", "1 rows of tiles; did you mean `tiles`?"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, text, found):
    with pytest.raises(UserError) as error:
        points_of(tmp_path, text)
    assert found in error.value.found
    assert error.value.where.endswith("points.csv (column `points`)")
    assert error.value.fix


def test_no_file(tmp_path):
    with pytest.raises(UserError, match="No such file"):
        read_points(tmp_path / "none.csv", "tile", (20, 40), 0.5, "here")
