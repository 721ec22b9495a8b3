"""Chance by seed: the same in every tile of a field, and bounded to a region where asked."""

import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.synthesis.label_maps import resampled_pixels
from cytoforge.synthesis.sampling import Draw, features_of, grain_of, noise_of
from tests.synthesis.models import CODES

CLUSTERS = {
    code: np.arange(10, dtype=np.float32)[:, None] * [1, -1] + 100 * code for code in (1, 2)
}


def cells_and_labels() -> tuple[np.ndarray, np.ndarray]:
    """Six cells side by side of 4 × 8 px, codes 1 and 2 in each, and a column of no cell."""
    instances = np.repeat(np.arange(7), 4)[None].repeat(8, axis=0)
    labels = np.where(np.arange(8)[:, None] < 4, 1, 2) * np.ones((1, 28), int)
    return labels.astype(np.uint8), instances.astype(np.int32)


def test_all_tiles_share_a_samples_noise() -> None:
    noise = noise_of(Draw(5), 3, 64)
    assert noise.shape == (3, 64)
    assert noise.dtype == np.float32
    assert (noise == noise[0]).all()
    assert (noise_of(Draw(5), 1, 64) == noise[:1]).all()
    assert (noise_of(Draw(6), 1, 64) != noise[:1]).any()


def test_only_the_region_gets_new_noise() -> None:
    region = np.zeros((2, 4, 4), bool)
    region[1, 2:] = True
    noise = noise_of(Draw(6, region, kept_seed=5), 2, 8)
    assert noise.shape == (2, 8, 4, 4)
    new, kept = (noise_of(Draw(seed), 1, 8)[0] for seed in (6, 5))
    assert (noise[1, :, 2:] == new[:, None, None]).all()
    assert (noise[1, :, :2] == kept[:, None, None]).all()
    assert (noise[0] == kept[:, None, None]).all()


def test_each_pixel_has_grain_of_its_own_and_only_the_region_gets_new() -> None:
    region = np.zeros((4, 6), bool)
    region[1:3, 2:5] = True
    new, kept = (grain_of(Draw(seed), 2, (4, 6)) for seed in (6, 5))
    assert kept.shape == (2, 4, 6)
    assert len(np.unique(kept)) == kept.size
    mixed = grain_of(Draw(6, region, kept_seed=5), 2, (4, 6))
    assert (mixed == np.where(region, new, kept)).all()


def test_slices_of_a_volume_share_noise_vectors_but_each_has_its_own_grain() -> None:
    first, second = (Draw(5, volume_slice=name) for name in ("ct_z000", "ct_z001"))
    assert (noise_of(first, 1, 8) == noise_of(second, 1, 8)).all()
    one, other = (grain_of(draw, 1, (64, 64)) for draw in (first, second))
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.05
    assert (one == grain_of(first, 1, (64, 64))).all()


def test_each_level_of_each_cell_has_one_look_of_its_code() -> None:
    labels, instances = cells_and_labels()
    looks = features_of(Draw(1), CLUSTERS, labels[None], instances[None])
    assert looks.shape == (1, 2, 8, 28)
    assert looks.dtype == np.float32
    chosen = []
    for cell in range(7):
        for code in (1, 2):
            here = looks[0][:, (instances == cell) & (labels == code)]
            assert (here == here[:, :1]).all()
            assert here[:, 0].tolist() in CLUSTERS[code].tolist()
            chosen.append(here[0, 0] % 100)
    assert len(set(chosen)) > 4  # of 10, in 14 draws


def test_looks_are_the_same_in_every_tile_and_change_with_the_seed() -> None:
    labels, instances = cells_and_labels()
    whole = features_of(Draw(1), CLUSTERS, labels[None], instances[None])
    part = features_of(Draw(1), CLUSTERS, labels[None, 2:, 10:], instances[None, 2:, 10:])
    assert (part == whole[:, :, 2:, 10:]).all()
    assert (features_of(Draw(2), CLUSTERS, labels[None], instances[None]) != whole).any()


def test_only_the_region_gets_new_looks() -> None:
    labels, instances = (array[None] for array in cells_and_labels())
    region = labels == 2
    mixed = features_of(Draw(2, region, kept_seed=1), CLUSTERS, labels, instances)
    kept, new = (features_of(Draw(seed), CLUSTERS, labels, instances) for seed in (1, 2))
    assert (mixed == np.where(region[:, None], new, kept)).all()


def test_a_code_training_never_saw_has_no_look() -> None:
    labels = np.full((1, 4, 4), 3, np.uint8)
    assert not features_of(Draw(1), CLUSTERS, labels, np.ones((1, 4, 4), np.int32)).any()


def test_codes_to_draw_anew_are_named() -> None:
    label_map = np.array([[0, 2, 4]], np.uint8)
    assert resampled_pixels(label_map, "all", CODES) is None
    chosen = resampled_pixels(label_map, ("nucleus", "cytoplasm"), CODES)
    assert chosen is not None
    assert chosen.tolist() == [[False, True, True]]
    with pytest.raises(UserError, match="did you mean `nucleus`"):
        resampled_pixels(label_map, ("nuclei",), CODES)
