"""Bright points are found where they are, to a part of a pixel, and nowhere else."""

import numpy as np
import pytest

from cytoforge.errors import NoCellsError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.segmentation.methods.spots.config import SpotsMethodConfig
from cytoforge.segmentation.registry import segment
from cytoforge.segmentation.spot_detection import detect_spots
from cytoforge.segmentation.spot_disks import spot_disks

PLACES = np.array([[8.2, 9.7], [20.0, 30.4], [31.6, 12.5]])


def image_of(points: np.ndarray, sigma: float = 1.3, photons: float = 500.0) -> np.ndarray:
    """Gaussians on a ground of 10 with a slope, the density at the pixels' middles; σ is wide."""
    rows, cols = np.mgrid[:40, :40]
    image = 10 + 0.2 * cols
    for row, col in points:
        away = (rows - row) ** 2 + (cols - col) ** 2
        image = image + photons / (2 * np.pi * sigma**2) * np.exp(-away / (2 * sigma**2))
    return image


def test_points_are_found_to_a_tenth_of_a_pixel():
    noise = np.random.default_rng(1).normal(0, 1, (40, 40))
    found = detect_spots(image_of(PLACES) + noise, 1.3)
    np.testing.assert_allclose(found.points, PLACES, atol=0.1)


def test_the_photons_of_a_spot_are_told():
    noise = np.random.default_rng(1).normal(0, 0.5, (40, 40))
    found = detect_spots(image_of(PLACES) + noise, 1.3)
    np.testing.assert_allclose(found.grey, 500, rtol=0.06)


def test_nothing_is_found_on_an_even_or_rising_ground():
    assert len(detect_spots(np.full((30, 30), 7), 1.3).points) == 0
    rising = detect_spots(np.add.outer(np.arange(30), 2 * np.arange(30)), 1.3).points
    assert not ((rising > 5) & (rising < 24)).all(1).any()  # at the edge it ends


def test_a_dark_point_is_none():
    noise = np.random.default_rng(1).normal(0, 1, (40, 40))
    found = detect_spots(60 - image_of(PLACES) + noise, 1.3).points
    away = np.hypot(*(found[:, None] - PLACES).T)
    assert away.min() > 2.5  # around it, as of every Laplacian, is a bright ring


def test_disks_that_touch_are_divided_half_way():
    labels = spot_disks(np.array([[5.0, 4.0], [5.0, 7.0]]), (11, 12), 3.0)
    assert labels[5].tolist() == [0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 0]
    assert (labels == 1).sum() == (labels == 2).sum()


def test_a_disk_beyond_the_edge_is_cut():
    labels = spot_disks(np.array([[0.0, 0.0], [-20.0, 3.0]]), (5, 5), 2.0)
    assert labels[0].tolist() == [1, 1, 1, 0, 0]
    assert set(np.unique(labels)) == {0, 1}


def spot_image(points: np.ndarray) -> Image:
    noise = np.random.default_rng(1).normal(0, 1, (40, 40))
    pixels = np.rint(image_of(points) + noise).astype(np.uint16)
    return Image("a", pixels[None], ("dots",), (ChannelRange(0, 100),), 0.1)


def test_they_are_objects_of_a_segmentation():
    found = segment(spot_image(PLACES), SpotsMethodConfig(radius_px=2))
    assert list(found.objects) == ["spots"]
    assert found["spots"].max() == 3
    for key, (row, col) in enumerate(np.rint(PLACES).astype(int), 1):
        assert found["spots"][row, col] == key


def test_where_none_is_found_the_settings_that_help_are_named():
    with pytest.raises(NoCellsError, match="lower `threshold`"):
        segment(spot_image(np.empty((0, 2))), SpotsMethodConfig(threshold=50))
