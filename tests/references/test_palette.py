"""Indexed label maps: the classes' colours count where an editor renumbered the indices."""

import logging

import numpy as np
import pytest
from PIL import Image as Picture

from cytoforge.config.references import ReferenceConfig
from cytoforge.errors import UserError
from cytoforge.references.codes import code_table
from cytoforge.references.label_map_file import write_preview
from cytoforge.synthesis.label_maps import read_map

CODES = code_table(ReferenceConfig(segmentation="s"))  # five
MAP = np.array([[0, 1, 2], [3, 4, 4]], np.uint8)


def saved(path, indices, colours):
    picture = Picture.fromarray(indices, mode="P")
    picture.putpalette([value for colour in colours for value in colour])
    picture.save(path)
    return path


def test_a_preview_is_read_as_the_map_it_shows(tmp_path):
    write_preview(tmp_path / "m.png", MAP, CODES)
    assert read_map(tmp_path / "m.png", 5, CODES).tolist() == MAP.tolist()


def test_renumbered_indices_are_read_by_their_colours(tmp_path, caplog):
    colours = [CODES[code].colour for code in (4, 3, 2, 1, 0)]
    path = saved(tmp_path / "m.png", 4 - MAP, colours)
    with caplog.at_level(logging.WARNING):
        assert read_map(path, 5, CODES).tolist() == MAP.tolist()
    assert "0 is nucleus" in caplog.text


def test_indices_with_colours_of_no_class_are_codes(tmp_path):
    path = saved(tmp_path / "m.png", MAP, [(9 * n, 9, 9) for n in range(5)])
    assert read_map(path, 5, CODES).tolist() == MAP.tolist()


def test_colours_of_classes_and_others_are_refused(tmp_path):
    colours = [CODES[1].colour, CODES[0].colour, (1, 2, 3), (3, 2, 1), (0, 0, 9)]
    path = saved(tmp_path / "m.png", MAP, colours)
    with pytest.raises(UserError, match="index 0 in the colour of `background`"):
        read_map(path, 5, CODES)
