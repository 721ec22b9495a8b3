"""regions.csv comes back as it was written."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoforge.errors import UserError
from cytoforge.split.region import SPLITS, Region
from cytoforge.split.regions_file import read_regions, write_regions

numbers = st.integers(0, 10**6)
# A CSV file cannot distinguish line endings inside a value.
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
regions = st.builds(
    Region, texts, st.sampled_from(SPLITS), numbers, numbers, numbers, numbers, texts
)


@given(st.lists(regions, max_size=5))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, written: list[Region]) -> None:
    path = tmp_path_factory.mktemp("regions") / "regions.csv"
    write_regions(path, written)
    assert read_regions(path) == tuple(written)


def test_the_file_is_plain_csv(tmp_path: Path) -> None:
    write_regions(tmp_path / "r.csv", [Region("a", "val", 0, 5, 64, 69, "well,3")])
    assert (tmp_path / "r.csv").read_text() == (
        'image,split,row0,col0,row1,col1,group\na,val,0,5,64,69,"well,3"\n'
    )


@pytest.mark.parametrize(
    "row", ["a,tset,0,0,1,1,a", "a,test,0,0,1,x,a", "a,test,0,0,1", "a,test,0,0,1.5,1,a"]
)
def test_a_broken_row_is_named(tmp_path: Path, row: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f"image,split,row0,col0,row1,col1,group\n{row}\n")
    with pytest.raises(UserError, match="line 2"):
        read_regions(path)


@pytest.mark.parametrize("text", ["", "image,split\n"])
def test_missing_columns_are_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(text)
    with pytest.raises(UserError, match="row0"):
        read_regions(path)
