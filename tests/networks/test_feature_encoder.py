import numpy as np
import torch

from cytoforge.networks.feature_encoder import (
    FeatureEncoder,
    number_regions,
    region_means,
    spread_means,
)

LABELS = torch.tensor([[[1, 1, 2, 0], [1, 2, 2, 0]], [[1, 1, 1, 1], [0, 0, 2, 2]]]).byte()
INSTANCES = torch.tensor([[[7, 7, 7, 0], [9, 9, 9, 0]], [[7, 7, 0, 0], [7, 7, 0, 0]]]).int()


def averaged(features: torch.Tensor, labels: torch.Tensor, instances: torch.Tensor) -> torch.Tensor:
    numbers, count = number_regions(labels, instances)
    means, _ = region_means(features, numbers, count)
    return spread_means(means, numbers)


def test_a_region_is_one_code_in_one_instance_of_one_tile():
    numbers, count = number_regions(LABELS, INSTANCES)
    triples = {
        (tile, int(LABELS[tile, y, x]), int(INSTANCES[tile, y, x])): int(numbers[tile, y, x])
        for tile in range(2)
        for y in range(2)
        for x in range(4)
    }
    assert count == len(triples) == 9
    assert sorted(triples.values()) == list(range(9))


def test_means_are_those_of_a_loop_over_regions():
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, (2, 16, 16)).astype(np.uint8)
    instances = random.integers(0, 5, (2, 16, 16)).astype(np.int32)
    features = random.standard_normal((2, 3, 16, 16)).astype(np.float32)
    expected = np.empty_like(features)
    for tile in range(2):
        for code in range(3):
            for cell in range(5):
                region = (labels[tile] == code) & (instances[tile] == cell)
                mean = features[tile][:, region].mean(1)
                expected[tile][:, region] = mean[:, None]
    made = averaged(*(torch.from_numpy(array) for array in (features, labels, instances)))
    np.testing.assert_allclose(made.numpy(), expected, atol=1e-6)


def test_pixels_are_counted():
    numbers, count = number_regions(LABELS, INSTANCES)
    _, pixels = region_means(torch.zeros(2, 1, 2, 4), numbers, count)
    assert pixels.sum() == LABELS.numel()
    assert pixels.min() >= 1


def test_gradients_spread_over_the_region():
    labels, instances = torch.zeros(1, 1, 4).byte(), torch.tensor([[[1, 1, 1, 2]]]).int()
    features = torch.zeros(1, 1, 1, 4, requires_grad=True)
    averaged(features, labels, instances)[..., 0].sum().backward()
    torch.testing.assert_close(features.grad.flatten(), torch.tensor([1 / 3, 1 / 3, 1 / 3, 0]))


def test_features_are_as_large_as_the_image():
    encoder = FeatureEncoder(2, out_channels=3, filters=4, n_downs=2)
    features = encoder(torch.randn(2, 2, 16, 32))
    assert features.shape == (2, 3, 16, 32)
    assert features.abs().max() <= 1
