"""A reader is one file, found by its name: shown with a made-up format in a user's folder."""

from pathlib import Path

import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.images import formats
from cytoforge.images.read import read_raw
from cytoforge.images.sample_files import formats_of
from cytoforge.jobs.by_name import use_plugins

READER = """
from pathlib import Path
import numpy as np
from cytoforge.images.raw import RawImage

SIGNATURES = (b"SQUARE",)

def read(path, plane, max_megapixels):
    values = np.frombuffer(Path(path).read_bytes()[6:], np.uint8)
    side = int(len(values) ** 0.5)
    return RawImage(values.reshape(1, side, side), ("grey",))

def count_planes(path):
    return {}
"""


@pytest.fixture
def square(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A file of a format that only the user's folder can read, and that folder."""
    monkeypatch.setattr(formats, "__path__", list(formats.__path__))
    folder = tmp_path / "plugins" / "formats"
    folder.mkdir(parents=True)
    (folder / "square.py").write_text(READER)
    file = tmp_path / "cells.square"
    file.write_bytes(b"SQUARE" + bytes(range(9)))
    yield str(file), str(tmp_path / "plugins")
    use_plugins(None)


def test_a_users_format_is_read(square):
    file, plugins = square
    use_plugins(plugins)
    assert np.array_equal(read_raw(file).pixels[0], np.arange(9).reshape(3, 3))
    assert formats_of(file) == ("square",)
    assert formats_of("a.tif") == ("tiff",)  # whose code version the new one leaves alone


def test_without_its_reader_the_file_is_refused(square):
    with pytest.raises(UserError, match="begins with b'SQUARE"):
        read_raw(square[0])
