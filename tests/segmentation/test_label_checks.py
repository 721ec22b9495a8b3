"""Masks become objects, with a notice; what only looks like instance labels is refused."""

import logging
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image as Picture
from scipy import ndimage

from cytoforge.errors import UserError
from cytoforge.segmentation.label_checks import as_instances
from cytoforge.segmentation.label_file import decode_labels, read_instances_of, read_label_file
from tests.security.test_picture_bombs import SIGNATURE, chunk

# 36 squares of 8 px, 16 px from each other, with ids 1 to 36 in raster order.
OBJECTS = np.zeros((96, 96), np.int64)
for number in range(36):
    top, left = 16 * (number // 6) + 4, 16 * (number % 6) + 4
    OBJECTS[top : top + 8, left : left + 8] = number + 1
MASK = (OBJECTS > 0).astype(np.uint8)


def saved(path, labels) -> str:
    if path.suffix == ".png":
        Picture.fromarray(labels).save(path)
    elif path.suffix == ".npy":
        np.save(path, labels)
    else:
        tifffile.imwrite(path, labels)
    return str(path)


@pytest.mark.parametrize("name", ["m.tif", "m.png", "m.npy"])
@pytest.mark.parametrize(
    "mask",
    [
        MASK * 255,
        MASK.astype(np.uint16) * 65_535,
        MASK.astype(bool),
        np.stack([MASK * 255] * 3, -1),
        np.stack([MASK * 255, MASK * 0, MASK * 0], -1),
        np.stack([MASK * 255] * 3 + [MASK * 0 + 255], -1),
    ],
    ids=["0-255", "0-65535", "bool", "rgb", "red", "rgba"],
)
def test_a_mask_is_split_into_its_pieces_with_a_notice(tmp_path, caplog, mask, name):
    with caplog.at_level(logging.WARNING):
        labels, notice = read_instances_of(saved(tmp_path / name, mask), MASK.shape, "here")
    np.testing.assert_array_equal(labels, OBJECTS)
    assert notice.endswith("split into its 36 pieces")
    assert notice in caplog.text


# 400 cells of 11 px in tissue, of which numbers beyond 255 became 255.
CLIPPED = np.minimum(np.kron(np.arange(1, 401).reshape(20, 20), np.ones((11, 11), np.int64)), 255)
CLIPPED[:, :2] = 0
FRAME = np.pad(np.ones((92, 92), np.int64), 2)
LARGE = np.kron(OBJECTS, np.ones((2, 2), np.int64))
OUTLINES = np.where(ndimage.binary_erosion(LARGE > 0), 0, LARGE)
THICK = np.where(ndimage.binary_erosion(LARGE > 0, iterations=3), 0, LARGE)
NET = np.pad(np.ones((94, 94), np.int64), 1) * (np.add.outer(*[np.arange(96) % 12 == 6] * 2))


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (CLIPPED, r"id 255, the highest of its type, in 17,512 px, where objects have 121"),
        (OUTLINES, r"outlines: 2,160 px that enclose 7,056 px of 0"),
        ((OUTLINES > 0) * 255, r"outlines: 2,160 px"),
        (THICK, r"outlines: 5,616 px that enclose 3,600 px of 0"),
        (NET, r"outlines: .* px that enclose 5,929 px of 0"),
        (np.where(OBJECTS > 0, OBJECTS % 2 + 1, 0), r"2 of 2 ids \(1 to 2\)"),
        (np.where(np.isin(OBJECTS, (8, 10, 20, 22, 29)), 2, 1) * FRAME, r"id 2 in 5 of 64, 64, 64"),
        (np.where(OBJECTS > 0, (OBJECTS == 7) + 1, 0), r"1 of 2 ids .* id 1 in 35 of 64, 64, "),
        (
            np.where(OBJECTS > 20, OBJECTS - 20, OBJECTS),
            r"16 of 20 ids \(1 to 20\).* id 1 in 2 of 64, 64 px",
        ),
        (np.minimum(OBJECTS, 30), r"1 of 30 ids .* id 30 in 7 of"),
        (np.where(OBJECTS > 0, OBJECTS, 255), "the value 255 in 75% of all pixels, 0 in 0%"),
        (np.where(OBJECTS > 0, OBJECTS - 1, 255), "the value 255 in 75% of all pixels, 0 in 1%"),
        (OBJECTS + 1, "the value 1 in 75%"),
        (np.where(OBJECTS > 0, 0, 255), "the value 255 in 75%"),
        (MASK + 1, "the value 1 in 75%"),
        (np.full((9, 9), 3), "the value 3 in 100%"),
    ],
    ids=[
        *(
            "cut off, cells touch",
            "outlines",
            "mask of outlines",
            "thick outlines",
            "net of outlines",
            "two classes",
            "small objects in tissue",
            "a rare class",
            "wrapped at 20",
            "cut off at 30",
            "ground 255",
        ),
        *("ground 255, ids from 0", "ground 1", "inverted mask", "mask of 1 and 2", "one value"),
    ],
)
def test_what_is_no_instances_is_refused_with_what_was_seen(labels, found):
    with pytest.raises(UserError, match=found):
        as_instances(labels.astype(np.int64), "labels.tif")


def cut_in_two() -> np.ndarray:
    labels = np.kron(OBJECTS, np.ones((2, 2), np.int64))
    labels[16:20] = 0  # through the middle of six objects
    return labels


def around_a_gap() -> np.ndarray:
    """Return a closed layer of cells around a round gap, as in an exclusion zone assay."""
    rows, columns = np.mgrid[:96, :96] - 48
    cells = np.kron(np.arange(1, 37).reshape(6, 6), np.ones((16, 16), np.int64))
    return np.where(np.hypot(rows, columns) < 40, 0, cells)


def with_stray_pixels() -> np.ndarray:
    labels = OBJECTS.copy()
    labels[0, ::16], labels[-1, ::16] = 20, 9
    return labels


@pytest.mark.parametrize(
    "labels",
    [
        OBJECTS,
        cut_in_two(),
        around_a_gap(),
        (around_a_gap() > 0).astype(np.int64),
        with_stray_pixels(),
        np.where(OBJECTS == 8, 8, 0),
        np.where(OBJECTS == 8, 8, 0)[20:34, 20:34],
        np.kron(np.arange(1, 37).reshape(6, 6), np.ones((16, 16), np.int64)),
        np.kron(np.array([[9, 9, 7]]), np.ones((16, 16), np.int64)),
    ],
    ids=[
        "objects",
        "cut in two",
        "gap",
        "mask of tissue",
        "stray",
        "one object",
        "crop",
        "tissue",
        "two cells",
    ],
)
def test_real_instances_stay_as_they_are(labels):
    instances, notice = as_instances(labels, "labels.tif")
    np.testing.assert_array_equal(instances, labels)
    assert not notice


def test_one_object_with_stray_pixels_is_no_mask():
    labels = np.zeros((50, 50), np.int64)
    labels[10:40, 10:40], labels[2, 2], labels[45, 7] = 1, 1, 1
    assert as_instances(labels, "labels.tif")[1] == ""


def test_one_duplicate_among_many_ids_is_a_slip():
    labels = np.kron(np.arange(1, 65).reshape(8, 8), np.pad(np.ones((6, 6), np.int64), 2))
    labels[labels == 60] = 30
    assert as_instances(labels, "labels.tif")[1] == ""
    labels[labels == 64] = 255  # but not where ids end at the end of their type
    with pytest.raises(UserError, match="id 30 in 2 of 36, 36 px"):
        as_instances(labels, "labels.tif")


@pytest.mark.parametrize("dtype", [np.uint64, np.int64])
def test_ids_beyond_what_32_or_63_bits_hold_are_numbered(tmp_path, dtype):
    labels = np.zeros((4, 6), dtype)
    labels[:2, :2], labels[2:, 3:] = np.iinfo(dtype).max, 2**40
    read = read_label_file(saved(tmp_path / "l.npy", labels), (4, 6), "here")
    assert read[0, 0] == 2
    assert read[3, 5] == 1
    assert read[0, 5] == 0


@pytest.mark.parametrize("bits", [1, 2, 4])
@pytest.mark.parametrize("palette", [False, True])
def test_grey_values_of_few_bits_are_read_as_stored(tmp_path, bits, palette):
    stored = np.arange(24, dtype=np.uint8).reshape(4, 6) % 2**bits
    picture = Picture.fromarray(stored if palette else stored * (255 // (2**bits - 1)))
    if palette:
        picture = picture.convert("P")
        picture.putpalette([9, 8, 7] * 2**bits)
        picture.save(tmp_path / "l.png", bits=bits)
    else:
        (tmp_path / "l.png").write_bytes(grey_png(stored, bits))
    np.testing.assert_array_equal(decode_labels(tmp_path / "l.png", "here"), stored)


def grey_png(values: np.ndarray, bits: int) -> bytes:
    """Return a PNG of grey values of 1, 2 or 4 bits, which Pillow writes only of 1."""
    planes = np.unpackbits(values[..., None], axis=-1)[..., -bits:].reshape(len(values), -1)
    rows = b"".join(b"\0" + np.packbits(row).tobytes() for row in planes)
    header = struct.pack(">IIBBBBB", values.shape[1], len(values), bits, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return SIGNATURE + parts
