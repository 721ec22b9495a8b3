"""Display copies: colours of labels are exact, outlines lie where regions do."""

import base64
import io

import numpy as np
from PIL import Image as PillowImage

from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.picture import colour_composite
from cytoforge.references.codes import Code
from cytoforge.report import pictures
from cytoforge.report.pictures import (
    Picture,
    difference_rgb,
    field_rgb,
    label_picture,
    outlines_of,
    photo,
)
from cytoforge.report.render import TEMPLATES, templates_hash
from cytoforge.split.region import Region

CODES = (Code(0, "gap", "gap", None, (1, 2, 3)), Code(1, "nucleus", "nucleus", None, (250, 9, 9)))


def _pixels(picture: Picture) -> np.ndarray:
    data = base64.b64decode(picture.src.split(",")[1])
    return np.asarray(PillowImage.open(io.BytesIO(data)).convert("RGB"))


def test_labels_keep_their_colours() -> None:
    labels = np.array([[0, 1], [1, 0]], np.uint8)
    expected = [[[1, 2, 3], [250, 9, 9]], [[250, 9, 9], [1, 2, 3]]]
    assert _pixels(label_picture(labels, CODES, "x")).tolist() == expected


def test_large_labels_are_thinned_not_mixed() -> None:
    labels = np.indices((40, 60)).sum(0).astype(np.uint8) % 2
    pixels = _pixels(label_picture(labels, CODES, "x", longest_px=20))
    assert pixels.shape == (13, 20, 3)
    assert {tuple(p) for p in pixels.reshape(-1, 3).tolist()} <= {(1, 2, 3), (250, 9, 9)}


def test_small_photos_are_lossless() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (30, 20, 3)).astype(np.uint8)
    assert (_pixels(photo(rgb, "x")) == rgb).all()


def test_large_photos_fit_and_keep_their_proportions() -> None:
    picture = photo(np.zeros((3000, 1500, 3), np.uint8), "x", longest_px=1000)
    assert (picture.width, picture.height) == (500, 1000)


def test_difference_is_white_where_equal_blue_below_orange_above() -> None:
    real = np.full((2, 1, 3), 0.5, np.float32)
    synthetic = real + np.array([0, -0.5, 0.5], np.float32)
    equal, below, above = difference_rgb(synthetic, real)[0].tolist()
    assert equal == [244, 244, 240]
    assert below[2] > below[0]
    assert above[0] > above[2]


def test_outlines_are_in_percent_of_the_image() -> None:
    region = Region("a", "test", 10, 50, 20, 100, "a")
    (box,) = outlines_of([region], (100, 200), ("test",))
    assert (box.left, box.top, box.width, box.height) == (25, 10, 25, 10)
    assert outlines_of([region], (100, 200), ("train",)) == ()


def test_templates_hash_sees_every_template() -> None:
    assert len(templates_hash()) == 16
    assert {path.suffix for path in TEMPLATES.iterdir()} == {".j2", ".css", ".js"}


def test_a_field_coloured_strip_by_strip_is_that_of_one_piece(monkeypatch) -> None:
    pixels = np.random.default_rng(0).integers(0, 500, (2, 50, 40)).astype(np.uint16)
    image = Image("a", pixels, ("dna", "actin"), (ChannelRange(0, 400), ChannelRange(9, 300)))
    monkeypatch.setattr(pictures, "STRIP_ROWS", 7)
    assert (field_rgb(image) == colour_composite(to_unit(image), image.channels)).all()
