"""What a translation keeps: nuclei, haematoxylin, the way there and back."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from cytoforge.metrics.translation.kept_nuclei import (
    INVENTED,
    LOST,
    cycle_error,
    haematoxylin_agreement,
    kept_counts,
)
from cytoforge.segmentation.stain_density import density_of
from tests.metrics.translation.fields import CENTRES, disks, he, ihc, stained


def test_nuclei_that_moved_a_little_are_kept_and_swapped_ones_are_not():
    moved = disks([(row + 2, col) for row, col in CENTRES])
    assert kept_counts(disks(), moved, 3.0).tolist() == [4, 0, 0]
    swapped = disks([(12, 28), (36, 50), (52, 12)])
    assert kept_counts(disks(), swapped, 3.0).tolist() == [0, 3, 4]


def test_lost_and_invented_are_counted_per_thousand_of_the_source():
    counts = kept_counts(disks(), disks([*CENTRES[:3], (12, 28)]), 3.0)
    assert float(LOST.of(counts)) == 250
    assert float(INVENTED.of(counts)) == 250
    assert np.isnan(LOST.of(np.array([0.0, 3, 0])))  # nothing was there to lose


def test_ssim_of_haematoxylin_is_that_of_scikit_image():
    source, made = (photo.rgb for photo in (ihc("a"), he("a", centres=CENTRES[:3], seed=1)))
    found = haematoxylin_agreement(source, made)
    a, b = (density_of(rgb, "haematoxylin").astype(float) for rgb in (source, made))
    assert found["ssim"] == pytest.approx(structural_similarity(a, b, data_range=1.0), abs=1e-4)
    assert found["correlation"] == pytest.approx(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def test_a_paler_counterstain_keeps_the_correlation_but_not_ssim():
    source = stained(disks(), 0)
    paler = np.rint(255 * (source / 255) ** 0.5).astype(np.uint8)  # half of every density
    found = haematoxylin_agreement(source, paler)
    assert found["correlation"] > 0.99
    assert found["ssim"] < 0.95


def test_a_field_without_any_structure_has_no_correlation():
    flat = np.full((16, 16, 3), 200, np.uint8)
    assert np.isnan(haematoxylin_agreement(flat, flat)["correlation"])


def test_the_way_there_and_back_in_grey_levels():
    there = np.full((2, 2, 3), 250, np.uint8)
    assert cycle_error(there, np.full((2, 2, 3), 255, np.uint8)) == 5
    assert cycle_error(there, np.full((2, 2, 3), 245, np.uint8)) == 5
