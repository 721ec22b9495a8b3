"""What the page says of the proof that nothing leaks, for strips and for whole images."""

import pytest

from cytoforge.report.data_part import _domains, _leak_table, _registered

PROOF = {
    "passed": True,
    "tiles": {"train": 40, "val": 4, "test": 8},
    "images": {"train": 3, "val": 3, "test": 3},
    "groups": {"train": ["a"], "val": ["b"], "test": ["c"]},
    "images_in_several_splits": 0,
    "smallest_region_distance_px": {},
    "smallest_tile_distance_px": None,
    "blank_tiles_with_equal_content": 0,
    "most_alike_tiles": None,
}


@pytest.fixture
def said(tmp_path, monkeypatch):
    """Return what the page says of a proof, by question."""

    class Folder:
        def tiles_folder(self, name):
            return tmp_path

    def answers(**changes):
        monkeypatch.setattr("cytoforge.report.data_part.read_json", lambda path: PROOF | changes)
        table = _leak_table(Folder(), ["tiles"])
        return {question: answer for question, (answer,) in table["rows"]}, table["in_strips"]

    return answers


def test_the_distance_that_counts_is_that_of_train_and_test(said):
    distances = {"train and val": 34, "train and test": 196, "val and test": 34}
    answers, in_strips = said(smallest_region_distance_px=distances, images_in_several_splits=3)
    assert answers["Smallest distance between regions of train and test"] == "196 px"
    assert answers["Smallest distance between regions of train and val"] == "34 px"
    assert in_strips


def test_whole_images_share_nothing(said):
    answers, in_strips = said()
    assert answers["Smallest distance between regions of train and test"] == "in no common image"
    assert not in_strips


@pytest.mark.parametrize(("correlation", "suspect"), [(0.6, False), (0.97, True)])
def test_tiles_that_are_nearly_one_are_named(said, correlation, suspect):
    pair = ["a_r0_c0 (train)", "b_r0_c0 (test)"]
    alike = {"tiles": pair, "correlation": correlation, "suspect_from": 0.92}
    answer = said(most_alike_tiles=alike)[0]["Most alike tiles of two splits"]
    assert f"{correlation:.2f}" in answer
    assert ("a_r0_c0 (train) and b_r0_c0 (test)" in answer) is suspect


def test_domains_are_named_with_their_tiles():
    one, other = ({"name": name, "tiles": {"train": n}} for name, n in (("ihc", 3), ("he", 1)))
    assert _domains({"domains": [one, other]}) == "ihc (3 tiles) and he (1 tile)"


def test_how_far_partners_are_apart_is_said():
    left = {name: {"residual_px": px} for name, px in (("a", 0.4), ("b", 2.0), ("c", 0.9))}
    expected = "partners are 0.9 px apart after registration (at most 2.0 px)"
    assert _registered({"registration": left}) == expected
    assert _registered({"registration": {}}) == ""
