"""Patches across the slices are those of the whole volume, and their distances tell flicker."""

import numpy as np
import pytest
import torch

from cytoforge.images.volume_grid import VolumeGrid, slice_view
from cytoforge.metrics.pretrained_scores import Networks
from cytoforge.metrics.set_metrics.kernel import kernel_distance
from cytoforge.metrics.volumes.reslice_distances import FLOOR, ResliceFeatures
from cytoforge.metrics.volumes.reslices import BESIDE, REAL, Reslices
from cytoforge.pretrained.weights import Missing

SHAPE = (40, 44, 48)
UNIT = 1000.0
# x to the left, y to the back, z up: pictures of axial slices are the planes, turned.
AFFINE = ((-1.0, 0, 0, 0), (0, -1.0, 0, 0), (0, 0, 1.0, 0))
GRID = VolumeGrid(SHAPE, AFFINE, (UNIT, UNIT, UNIT))


def collected(volume: np.ndarray, grid: VolumeGrid, axis: str = "z") -> Reslices:
    """Return the patches of a volume that is all body."""
    numbers = range(1, grid.count(axis) + 1)
    height, width = grid.slice_shape(axis)
    reslices = Reslices(grid, axis, list(numbers), np.ones(height), np.ones(width), side_px=64)
    for number in numbers:
        picture = slice_view(volume, grid, axis, number)
        reslices.add(number, {REAL: picture, "made": -picture}, np.ones(picture.shape, bool))
    reslices.end_run()
    return reslices


@pytest.mark.parametrize("axis", ["z", "y", "x"])
def test_a_plane_across_the_slices_is_that_of_the_volume(axis: str):
    volume = np.arange(np.prod(SHAPE), dtype=np.float32).reshape(SHAPE)
    patches = collected(volume, GRID, axis).patches
    for plane in "xyz":
        pictures = [slice_view(volume, GRID, plane, n + 1) for n in range(GRID.count(plane))]
        found = patches[plane].by_series
        assert len(found[REAL]) == len(found[BESIDE])
        for real, made in zip(found[REAL], found["made"], strict=True):
            assert any(np.array_equal(real, one) for one in pictures)
            assert np.array_equal(made, -real)
        taken = [float(one[0, 0]) for one in (*found[REAL], *found[BESIDE])]
        assert len(set(taken)) == GRID.count(plane)  # none lies beside itself


def test_pixels_of_thick_slices_are_repeated_to_squares():
    grid = VolumeGrid((40, 44, 20), AFFINE, (UNIT, UNIT, 2 * UNIT))
    found = collected(np.zeros(grid.shape), grid).patches["y"].by_series[REAL]
    assert {one.shape for one in found} == {(40, 40)}


def test_no_plane_is_cut_across_slices_that_do_not_follow_on_one_another():
    reslices = Reslices(GRID, "z", [1, 2, 30, 31], np.ones(44), np.ones(40), side_px=64)
    for number in (1, 2, 30, 31):
        reslices.add(number, {REAL: np.zeros((44, 40))}, np.ones((44, 40), bool))
    reslices.end_run()
    assert reslices.patches["y"].by_series == {}
    assert len(reslices.patches["z"].by_series[REAL]) == 2


class Moments:
    """Stands in for Inception: mean and SD of a patch."""

    def __call__(self, unit: torch.Tensor, rgb: bool = True) -> torch.Tensor:
        return torch.stack([unit.mean((-3, -2, -1)), unit.std((-3, -2, -1))], -1)


def test_distances_are_kernel_distances_of_features_and_missing_weights_are_told():
    gone = Missing("vgg16", "not there")
    networks = Networks({"alex": gone, "vgg": gone}, Moments(), torch.device("cpu"))  # type: ignore[arg-type]
    features, random = ResliceFeatures(networks), np.random.default_rng(0)
    sets = {
        name: random.integers(0, 256, (5, 32, 32)).astype("u1") for name in (REAL, "made", BESIDE)
    }
    features.add("y", {name: list(found) for name, found in sets.items()}, "p1")
    rows = {tuple(row[:3]): row[3:] for row in features.table({"made": "made"}, 0.95, "patient", 1)}
    assert rows["coronal", "made", "vgg16_kernel"][-1] == str(gone)
    assert rows["sagittal", "made", "kid"][-1].startswith("skipped: no two planes")
    units = {name: found / 255 for name, found in sets.items()}
    moments = {n: np.stack([s.mean((1, 2)), s.std((1, 2), ddof=1)], -1) for n, s in units.items()}
    for series, name in (("made", "made"), (FLOOR, BESIDE)):
        value, low, _, _, n_real, n, status = rows["coronal", series, "kid"]
        assert float(value) == pytest.approx(
            kernel_distance(moments[REAL], moments[name]), rel=1e-3
        )
        assert (low, n_real, n, status) == ("", 5, 5, "ok")  # one patient has no interval
