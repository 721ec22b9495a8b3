"""What a network is shown in synthesis: noise of a field, its cells' borders and appearance."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cytoforge.config.models import SynthesisConfig
from cytoforge.images.image import ChannelRange
from cytoforge.models.pix2pixhd.config import Pix2PixHDConfig
from cytoforge.models.sampler import LabelsToImage
from cytoforge.networks.condition import ConditionSpec
from cytoforge.references.codes import codes_to_rows
from cytoforge.references.instances import instances_from_label_map
from cytoforge.synthesis.sampling import Draw, features_of, grain_of, noise_of
from cytoforge.synthesis.trained import TrainedModel
from tests.synthesis.models import CODES, N_CODES

SIDE = 32
CLUSTERS = {
    code: np.random.default_rng(code).uniform(-1, 1, (5, 2)).astype(np.float32)
    for code in range(N_CODES)
}


class Show(nn.Module):
    """A network whose image is one channel of its input."""

    def __init__(self, channel: int) -> None:
        super().__init__()
        self.channel = channel

    def forward(self, x: Tensor) -> Tensor:  # (B, K, H, W)
        return x[:, self.channel : self.channel + 1]


def showing(channel: int, **spec: int | bool) -> TrainedModel:
    """A model of 32 px tiles that shows one channel of its condition."""
    info = {
        "channels": ["actin"],
        "tile_px": SIDE,
        "n_codes": N_CODES,
        "codes": codes_to_rows(CODES),
    }
    sees_cells = "edges" in spec or "features" in spec
    return TrainedModel(
        LabelsToImage(ConditionSpec(N_CODES, **spec), Show(channel), 1),
        info,
        Pix2PixHDConfig(instance_edges=sees_cells, downsamplings=3),
        (ChannelRange(0, 1, "none"),),
        torch.device("cpu"),
        CLUSTERS,
    )


@pytest.fixture
def label_map() -> np.ndarray:
    """Cells of 12 × 12 px with a rim and a nucleus, on a field of several tiles."""
    cell = np.full((12, 12), 3, np.uint8)
    cell[1:-1, 1:-1] = 2
    cell[4:8, 4:8] = 4
    return np.tile(np.pad(cell, 2, constant_values=1), (5, 7))


def unit(value: np.ndarray) -> np.ndarray:
    """Return what becomes of a network's output: [-1, 1] to [0, 1], clipped."""
    return np.clip((value + 1) / 2, 0, 1)


def test_a_field_has_one_noise_vector(label_map: np.ndarray):
    generator = showing(3, noise=8)
    field = generator.field(label_map, seed=5)
    expected = unit(noise_of(Draw(5), 1, 8)[0, 3])
    np.testing.assert_allclose(field, np.full((1, *label_map.shape), expected), atol=1e-6)


def test_grain_is_one_picture_of_the_field_whatever_the_tiles(label_map: np.ndarray):
    field = showing(N_CODES + 1, grain=2).field(label_map, seed=5)
    expected = unit(grain_of(Draw(5), 2, label_map.shape)[1:])
    np.testing.assert_allclose(field, expected, atol=1e-6)


def test_one_region_is_resampled_and_the_rest_is_kept(label_map: np.ndarray):
    generator = showing(3, noise=8)
    nuclei = label_map == 4
    field = generator.field(label_map, seed=6, resampled=nuclei, kept_seed=5)
    new, kept = (unit(noise_of(Draw(seed), 1, 8)[0, 3]) for seed in (6, 5))
    assert abs(new - kept) > 0.01
    np.testing.assert_allclose(field[0], np.where(nuclei, new, kept), atol=1e-6)


def test_cells_keep_their_appearance_across_tiles(label_map: np.ndarray):
    generator = showing(N_CODES, features=2)
    cells = instances_from_label_map(label_map, CODES)
    field = generator.field(label_map, seed=5, instances=cells)
    features = features_of(Draw(5), CLUSTERS, label_map[None], cells[None])[0]
    np.testing.assert_allclose(field[0], unit(features[0]), atol=1e-6)


def test_borders_between_cells_are_seen(label_map: np.ndarray):
    generator = showing(N_CODES, edges=True)
    one, two = np.zeros((2, *label_map.shape), np.int32)
    two[:, 40:] = 1
    assert (generator.field(label_map, instances=one) == 0.5).all()
    field = generator.field(label_map, instances=two)[0]
    assert (field[:, 39:41] == 1).all()
    assert (field[:, :39] == 0.5).all()
    assert (field[:, 41:] == 0.5).all()


def test_cells_are_found_in_the_map_when_not_given(label_map: np.ndarray):
    generator = showing(N_CODES, edges=True)
    cells = instances_from_label_map(label_map, CODES)
    assert cells.max() == 35
    assert np.array_equal(
        generator.field(label_map), generator.field(label_map, instances=cells.astype(np.uint16))
    )


def test_a_generator_without_instances_ignores_them(label_map: np.ndarray):
    generator = showing(4)
    assert generator.cells(label_map) is None
    field = generator.field(label_map, config=SynthesisConfig(overlap=0))
    assert np.array_equal(field[0], unit(label_map == 4))
