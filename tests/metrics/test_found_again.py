"""The labels that a network finds in made images, read from its tables."""

from pathlib import Path

import pytest

from cytoforge.metrics.found_again import FoundAgain, read_found_again

TABLE = """image,series,code,name,f1
ct,predicted,0,background,0.9
ct,predicted,1,liver,0.5
ct,predicted,-1,mean,{mean}
all,predicted,0,background,0.9
all,predicted,1,liver,0.5
all,predicted,-1,mean,{mean}
"""


@pytest.mark.parametrize(("mean", "value"), [("0.7", 0.7), ("", None)], ids=["known", "none"])
def test_the_mean_of_all_images_is_taken(tmp_path: Path, mean: str, value: float | None) -> None:
    for name, text in (("made", TABLE.format(mean=mean)), ("real", TABLE.format(mean="0.8"))):
        (tmp_path / f"{name}.csv").write_text(text)
    told = {"network": "organs", "made": f"{tmp_path}/made.csv", "real": f"{tmp_path}/real.csv"}
    assert read_found_again(told) == FoundAgain("organs", value, 0.8)
