"""Figures that must hold on real images."""

import numpy as np
import pytest
import tifffile

from cytoforge.config.images import NormalisationConfig
from cytoforge.images.image import Image
from cytoforge.images.normalise import channel_ranges
from cytoforge.segmentation.matching import match_instances
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.nuclei import find_nuclei
from cytoforge.segmentation.nucleus_size import estimate_nucleus_diameter
from cytoforge.segmentation.registry import segment


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "count"), [(4, 14), pytest.param(1, 53, marks=pytest.mark.soak)], ids=["some", "all"]
)
def test_nuclei_of_53_images_with_one_setting(shared_data, step, count):
    """Mean F1 at IoU 0.5 of at least 0.80, diameters estimated."""
    folder = shared_data / "data" / "dsb2018"
    files = sorted((folder / "images").glob("*.tif"))
    scores = []
    for path in [path for path in files if tifffile.TiffFile(path).series[0].ndim == 2][::step]:
        image = tifffile.imread(path)
        nuclei = find_nuclei(image, estimate_nucleus_diameter(image), WatershedConfig())
        scores.append(match_instances(tifffile.imread(folder / "labels" / path.name), nuclei).f1)
    assert len(scores) == count
    assert np.mean(scores) >= 0.80, np.mean(scores)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("field", "fewest", "most"), [("002", 270, 450), ("076", 800, 1050), ("218", 650, 900)]
)
def test_kc167_fields_have_as_many_cells_as_a_person_sees(shared_data, field, fewest, most):
    files = [shared_data / f"data/kc167_fly/01_POS{field}_{c}.TIF" for c in "DFR"]
    pixels = np.stack([tifffile.imread(file) for file in files])
    ranges = channel_ranges(pixels, NormalisationConfig())
    image = Image(f"pos{field}", pixels, ("D", "F", "R"), ranges)
    result = segment(image, WatershedConfig(nuclei_channel="D", cytoplasm_channel="F"))
    assert fewest <= result["cells"].max() <= most
    assert 14 <= result.objects["nuclei"].diameter_px <= 21
