"""What a generator sees and its discriminators do not."""

import torch

from cytoforge.models.sampler import LabelsToImage
from cytoforge.networks.condition import ConditionSpec


def test_discriminators_see_neither_grain_nor_appearance_features():
    sampler = LabelsToImage(ConditionSpec(3, features=2, grain=1), torch.nn.Identity(), 1)
    planes = {"labels": torch.tensor([[[0, 1], [2, 2]]], dtype=torch.uint8)}
    draws = {"features": torch.full((1, 2, 2, 2), 5.0), "grain": torch.full((1, 1, 2, 2), 7.0)}
    seen, shown = sampler.condition(planes, draws), sampler.shown(planes, draws)
    assert shown.shape == (1, 3, 2, 2)
    assert torch.equal(seen[:, :3], shown)
    assert torch.equal(seen[:, 3:], torch.cat([draws["features"], draws["grain"]], 1))
