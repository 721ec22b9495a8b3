"""What the page reads and how much of it it shows."""

from pathlib import Path

import numpy as np
import pytest

from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import write_image
from cytoforge.jobs.optional_files import real
from cytoforge.report.results import FIELD_PX, Results, open_results
from cytoforge.report.synthesis_part import seam_ratios
from cytoforge.split.region import Region
from tests.report.made_up import made_up_config, made_up_results


def _results(n_models: int, n_images: int) -> Results:
    config = made_up_config()
    block = config["models"]["pix2pix4"]
    config["models"] = {f"e{k}": block for k in range(n_models)}
    regions = tuple(Region(f"i{k}", "test", 0, 0, 9, 9 + k, "g") for k in range(n_images))
    return Results(Path("nowhere"), config, regions)


def test_test_images_come_largest_first() -> None:
    assert _results(1, 3).test_images == ["i2", "i1", "i0"]


@pytest.mark.parametrize(
    ("n_models", "n_images", "fields", "full_size"),
    [(3, 3, 3, True), (1, 400, 6, True), (12, 400, 3, False), (50, 400, 1, False)],
)
def test_many_models_are_shown_by_fewer_and_smaller_fields(
    n_models: int, n_images: int, fields: int, full_size: bool
) -> None:
    results = _results(n_models, n_images)
    assert results.fields_shown == fields
    assert (results.field_px == FIELD_PX) == full_size
    assert results.field_px > 300


def test_empty_and_undefined_cells_are_none() -> None:
    assert [real(cell) for cell in ("", None, "nan", "0.5")] == [None, None, None, 0.5]


def test_seams_are_those_of_the_manifest_and_of_real_images_at_the_same_lines(
    tmp_path: Path,
) -> None:
    folder = made_up_results(tmp_path)
    stepped = np.random.default_rng(0).integers(100, 110, (2, 64, 96)).astype(np.uint8)
    stepped[:, :, 32:] += 90
    image = Image("field1", stepped, ("dna", "actin"), (ChannelRange(0, 255),) * 2)
    write_image(folder / "images" / "field1.ome.tif", image)
    config = made_up_config()
    config["models"]["pix2pix4"]["synthesis"]["overlap"] = 0
    synthetic, real_images = seam_ratios(open_results(folder, config), "pix2pix4")
    assert synthetic == 1.013
    assert real_images is not None
    assert real_images > 3
