"""Volumes as NRRD, MetaImage and DICOM, written by SimpleITK: not by what is tested."""

import locale
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as itk

# About the patient's left-right axis, in ITK's coordinates (left, back, up).
_T = 0.3
OBLIQUE = (1, 0, 0, 0, np.cos(_T), -np.sin(_T), 0, np.sin(_T), np.cos(_T))
ZOOMS, ORIGIN = (0.7, 0.9, 2.5), (-10.0, 20.0, 5.5)


def write_itk(path: Path, voxels: np.ndarray, direction: Any = OBLIQUE, **changes: Any) -> Path:
    """Write voxels (A, B, C) in the format that the ending names.

    changes : `compressed`, and `origin`
    """
    image = itk.GetImageFromArray(np.ascontiguousarray(voxels.T))
    image.SetSpacing(ZOOMS)
    image.SetOrigin(changes.get("origin", ORIGIN))
    image.SetDirection([float(v) for v in direction])
    path.parent.mkdir(parents=True, exist_ok=True)
    itk.WriteImage(image, str(path), changes.get("compressed", False))
    return path


def write_like(source: Path, target: Path) -> None:
    """Write a NIfTI in the format that the other ending names, and take the NIfTI away."""
    itk.WriteImage(itk.ReadImage(str(source)), str(target))
    source.unlink()


def write_implicit(folder: Path, voxels: np.ndarray, compressor: str = "") -> Path:
    """Write a DICOM file per slice by ITK, in implicit VR; names run against their places.

    compressor : one of ITK's; "" stores pixels as they are
    """
    folder.mkdir(parents=True, exist_ok=True)
    writer = itk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    if compressor:
        writer.UseCompressionOn()
        writer.SetCompressor(compressor)
    before = locale.setlocale(locale.LC_ALL)  # writing DICOM leaves "C", and text files are ASCII
    for number in range(voxels.shape[2]):
        image = itk.GetImageFromArray(np.ascontiguousarray(voxels[:, :, number].T)[None])[:, :, 0]
        image.SetSpacing(ZOOMS[:2])
        place = "\\".join(f"{v:.6f}" for v in place_of(number))
        # Of what is no CT, the first file that a process writes lacks the pixels' lengths.
        image.SetMetaData("0008|0016", "1.2.840.10008.5.1.4.1.1.2")
        image.SetMetaData("0008|0060", "CT")
        image.SetMetaData("0020|000e", "1.2.3.4")
        image.SetMetaData("0020|0032", place)
        image.SetMetaData("0020|0037", DIRECTION)
        writer.SetFileName(str(folder / f"im{99 - number}.dcm"))
        writer.Execute(image)
    locale.setlocale(locale.LC_ALL, before)
    return folder


DIRECTION = f"1\\0\\0\\0\\{np.cos(_T):.9f}\\{np.sin(_T):.9f}"


def place_of(number: int) -> np.ndarray:
    """Return where a slice begins, of those that lie straight behind each other."""
    return np.array(ORIGIN) + ZOOMS[2] * number * np.array([0, -np.sin(_T), np.cos(_T)])


def write_series(
    folder: Path, voxels: np.ndarray, of_slice: Mapping[int, Mapping[int, str]] | None = None
) -> Path:
    """Write a DICOM file of int16 per slice by hand, in explicit VR, with a sequence whose end is
    told by a mark; names run against their places.

    of_slice : other texts of one slice by its number and tag, e.g. `{2: {0x00281053: "0.5"}}`
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(voxels.shape[2]):
        texts = {
            0x00020010: "1.2.840.10008.1.2.1",
            0x0020000E: "1.9",
            0x00200032: "\\".join(f"{v:.6f}" for v in place_of(number)),
            0x00200037: DIRECTION,
            0x00280030: f"{ZOOMS[1]}\\{ZOOMS[0]}",
            0x00281052: "0",
            0x00281053: "1",
            **(of_slice or {}).get(number, {}),
        }
        pixels = np.ascontiguousarray(voxels[:, :, number].T.astype("<i2"))
        (folder / f"im{99 - number}").write_bytes(_slice(pixels, texts))
    return folder


def _slice(pixels: np.ndarray, texts: dict[int, str]) -> bytes:
    syntax = _element(0x00020010, b"UI", texts.pop(0x00020010).encode())
    meta = _element(0x00020000, b"UL", struct.pack("<I", len(syntax))) + syntax
    within = _element(0x00081150, b"UI", b"1.2")
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + within
    ends = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    open_one = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + item + ends
    numbers = {
        **{0x00280002: 1, 0x00280010: pixels.shape[0], 0x00280011: pixels.shape[1]},
        **{0x00280100: 16, 0x00280101: 16, 0x00280102: 15, 0x00280103: 1},
    }
    found = {
        0x00080016: _element(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.2"),
        0x00080060: _element(0x00080060, b"CS", b"CT"),
        0x00081140: open_one,
        0x00280004: _element(0x00280004, b"CS", b"MONOCHROME2"),
        **{tag: _element(tag, b"US", struct.pack("<H", n)) for tag, n in numbers.items()},
        **{tag: _element(tag, b"DS", text.encode()) for tag, text in texts.items()},
    }
    data = b"".join(found[tag] for tag in sorted(found))
    voxels = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, pixels.nbytes) + pixels.tobytes()
    return bytes(128) + b"DICM" + meta + data + voxels


def _element(tag: int, kind: bytes, value: bytes) -> bytes:
    value += (b"\0" if kind == b"UI" else b" ") * (len(value) % 2)
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, kind, len(value)) + value
