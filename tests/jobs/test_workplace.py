"""Where a run may happen."""

from pathlib import Path

import pytest

from cytoforge.errors import UserError
from cytoforge.jobs.workplace import require_plain_clone, require_writable


@pytest.mark.parametrize("name", ["x{b}y", "half{", "{0}", "}"])
def test_a_clone_in_a_folder_with_braces_is_refused(name: str):
    folder = Path("/data") / name / "cytoforge"
    with pytest.raises(UserError) as refused:
        require_plain_clone(folder)
    assert refused.value.found == name
    assert str(folder) in str(refused.value)


def test_other_names_of_folders_are_fine():
    require_plain_clone(Path("/data/a <b> c/50% [d] $e é/cytoforge"))


def test_results_may_be_made_in_a_new_folder(tmp_path: Path):
    require_writable(tmp_path / "new" / "results")


def test_results_cannot_be_a_file(tmp_path: Path):
    (tmp_path / "results").write_text("")
    with pytest.raises(UserError, match="a file of that name"):
        require_writable(tmp_path / "results")
