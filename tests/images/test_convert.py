"""From a sample to the canonical image."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from cytoforge.config.images import ImagesConfig, NormalisationConfig
from cytoforge.errors import UserError
from cytoforge.images.convert import convert
from cytoforge.images.image import ChannelRange
from cytoforge.images.samples import Sample

DNA = np.arange(35, dtype=np.uint16).reshape(5, 7) * 100
ACTIN = DNA[::-1] + 1


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def config(*channels: str, method: Any = "minmax", **options: Any) -> ImagesConfig:
    return ImagesConfig(
        channels=channels, normalisation=NormalisationConfig(method=method), **options
    )


def write(name: str, array: np.ndarray, **options: Any) -> str:
    tifffile.imwrite(name, array, **options)
    return name


def pair(**arrays: np.ndarray) -> Sample:
    return Sample("a", {name: write(f"{name}.tif", array) for name, array in arrays.items()})


def test_channel_files_in_the_order_of_the_config() -> None:
    image = convert(pair(dna=DNA, actin=ACTIN), config("actin", "dna"))
    assert image.channels == ("actin", "dna")
    assert image.pixels.dtype == np.uint16
    assert np.array_equal(image.pixels, [ACTIN, DNA])
    assert image.ranges == (ChannelRange(1, 3401, "minmax"), ChannelRange(0, 3400, "minmax"))


def test_channels_chosen_from_one_file() -> None:
    file = write("x.tif", np.stack([DNA, ACTIN]), photometric="minisblack")
    sample = Sample("a", {"path": file}, file_channels=("dna", "actin"))
    assert np.array_equal(convert(sample, config("actin")).pixels, [ACTIN])


def test_plane_of_a_stack() -> None:
    file = write("x.tif", np.stack([DNA, ACTIN]), imagej=True, metadata={"axes": "TYX"})
    image = convert(Sample("a_t002", {"path": file}, plane={"t": 2}, stack="a"), config("grey"))
    assert np.array_equal(image.pixels, [ACTIN])


def test_missing_channel_lists_those_there() -> None:
    sample = Sample("a", {"path": write("x.tif", np.stack([DNA] * 3, -1), photometric="rgb")})
    with pytest.raises(UserError, match="there: red, green, blue; did you mean `green`") as caught:
        convert(sample, config("gren"))
    assert caught.value.where == "x.tif"


def test_channel_named_twice_in_the_file() -> None:
    metadata = {"axes": "CYX", "Channel": {"Name": ["d", "d"]}}
    file = write("x.tif", np.stack([DNA, ACTIN]), ome=True, metadata=metadata)
    with pytest.raises(UserError, match="2 such channel"):
        convert(Sample("a", {"path": file}), config("d"))


def test_rgb_with_equal_channels_is_grey() -> None:
    file = write("x.tif", np.stack([DNA] * 3, -1), photometric="rgb")
    assert np.array_equal(convert(Sample("a", {"path": file}), config("grey")).pixels, [DNA])
    assert np.array_equal(convert(Sample("a", {"dna": file}), config("dna")).pixels, [DNA])


def test_colours_where_grey_is_expected() -> None:
    file = write("x.tif", np.stack([DNA, DNA, ACTIN], -1), photometric="rgb")
    with pytest.raises(UserError, match="RGB colours"):
        convert(Sample("a", {"dna": file}), config("dna"))
    with pytest.raises(UserError, match="there: red, green, blue"):
        convert(Sample("a", {"path": file}), config("grey"))


def test_rgba_where_grey_is_expected() -> None:
    rgba = np.stack([DNA, DNA, DNA, ACTIN], -1).astype(np.uint8)
    file = write("x.tif", rgba, photometric="rgb", extrasamples=["unassalpha"])
    with pytest.raises(UserError, match="RGBA"):
        convert(Sample("a", {"dna": file}), config("dna"))


def test_only_channel_may_be_called_grey_but_not_anything() -> None:
    metadata = {"axes": "YX", "Channel": {"Name": "DAPI"}}
    file = write("x.ome.tif", DNA, ome=True, metadata=metadata)
    assert convert(Sample("a", {"path": file}), config("grey")).channels == ("grey",)
    with pytest.raises(UserError, match="there: DAPI"):
        convert(Sample("a", {"path": file}), config("actin"))


def test_channels_of_different_shape() -> None:
    with pytest.raises(UserError, match=r"shape \(5, 7\), like dna.tif") as caught:
        convert(pair(dna=DNA, actin=ACTIN[:4]), config("dna", "actin"))
    assert caught.value.where == "actin.tif"


def test_channels_of_different_type() -> None:
    with pytest.raises(UserError, match=r"type uint16, like dna\.tif"):
        convert(pair(dna=DNA, actin=DNA.astype(np.float32)), config("dna", "actin"))


@pytest.mark.parametrize("method", ["minmax", "percentile"])
def test_constant_channel_is_named(method: str) -> None:
    sample = pair(dna=DNA, actin=np.full_like(DNA, 12))
    with pytest.raises(UserError, match=r"single grey value \(12\)") as caught:
        convert(sample, config("dna", "actin", method=method))
    assert caught.value.where == "image a, channel actin"


def test_constant_channel_passes_without_normalisation() -> None:
    sample = pair(dna=np.full_like(DNA, 12))
    assert convert(sample, config("dna", method="none")).ranges[0].high == 65_535


def test_float_without_normalisation_must_lie_in_0_to_1() -> None:
    with pytest.raises(UserError, match="values from 0 to 3400"):
        convert(pair(dna=DNA.astype(np.float32)), config("dna", method="none"))


def test_pixel_size_config_then_table_then_file() -> None:
    file = write("x.tif", DNA, resolution=(20_000, 20_000), resolutionunit="CENTIMETER")
    from_file = Sample("a", {"path": file})
    from_table = Sample("a", {"path": file}, pixel_size_um=0.7)
    assert convert(from_file, config("grey")).pixel_size_um == 0.5
    assert convert(from_table, config("grey")).pixel_size_um == 0.7
    assert convert(from_table, config("grey", pixel_size_um=0.9)).pixel_size_um == 0.9


def test_size_limit_of_the_config() -> None:
    with pytest.raises(UserError, match="megapixels"):
        convert(pair(dna=DNA), config("dna", max_megapixels=1e-5))
