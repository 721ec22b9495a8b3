"""Models that learn instances: what their scores, loss, crops and networks are."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from cytoforge.compute.steps import Batch
from cytoforge.config.training import config_class
from cytoforge.models.instance_sampler import UNLABELLED
from cytoforge.models.model import ModelSetup
from cytoforge.models.registry import build_model, networks_of
from cytoforge.models.tasks.image_to_instances import ap, f1
from cytoforge.networks.u2net import U2Net
from cytoforge.segmentation.learned.loss import UNKNOWN, instance_loss
from cytoforge.segmentation.learned.maps import target_maps
from cytoforge.segmentation.learned.network import InstanceUNet
from cytoforge.segmentation.learned.network_file import load_network

# Two objects; the second is found three pixels of four, a third is found where none is.
TRUE = torch.tensor([[[1, 1, 0, 2, 2], [1, 1, 0, 2, 2], [0, 0, 0, 0, 0]]])
FOUND = torch.tensor([[[5, 5, 0, 6, 6], [5, 5, 0, 6, 0], [7, 7, 0, 0, 0]]])


def test_f1_counts_objects_at_half_their_union():
    assert f1(FOUND, TRUE) == pytest.approx(2 * 2 / (2 * 2 + 1 + 0))


def test_ap_is_the_mean_over_ten_thresholds():
    # IoU 1 and 3/4: both count up to 0.75 (six thresholds), one of them above (four).
    assert ap(FOUND, TRUE) == pytest.approx((6 * 2 / 3 + 4 * 1 / 4) / 10)


def test_what_nobody_has_labelled_is_neither_right_nor_wrong():
    known = TRUE.clone()
    known[:, 2] = UNLABELLED  # where the third was found
    assert f1(FOUND, known) == 1


def test_empty_tiles_in_which_nothing_is_found_are_right():
    nothing = torch.zeros(1, 3, 3, dtype=torch.int32)
    assert (f1(nothing, nothing), ap(nothing, nothing)) == (1, 1)


def targets(*columns: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Classes and distance of a square, all columns from the first given on unknown."""
    labels = np.zeros((8, 8), int)
    labels[2:6, 1:5] = 1
    classes, distance = target_maps(labels)
    for column in columns:
        classes[:, column:] = UNKNOWN
    return torch.from_numpy(classes)[None], torch.from_numpy(distance)[None]


def test_unknown_pixels_weigh_nothing_in_the_loss():
    scores = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    other = scores.clone()
    other[..., 6:] += 3
    assert instance_loss(scores, *targets(6)) == instance_loss(other, *targets(6))
    # and the rest is as if they were not there
    classes, distance = targets()
    cut = instance_loss(scores[..., :6], classes[..., :6], distance[..., :6])
    assert float(instance_loss(scores, *targets(6))) == pytest.approx(float(cut), rel=1e-5)


def test_a_batch_without_a_label_has_a_loss_that_is_a_number():
    scores = torch.randn(1, 4, 8, 8, requires_grad=True)
    loss = instance_loss(scores, *targets(0))
    loss.backward()
    assert bool(loss.isfinite()) and bool(scores.grad.isfinite().all())


def test_the_entropy_is_that_of_torch():
    scores = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    classes, distance = targets()
    scores[:, 3] = torch.logit(distance.clamp(1e-6, 1 - 1e-6))  # the distance is right
    entropy = F.cross_entropy(scores[:, :3], classes, torch.tensor([1.0, 1.0, 2.0]))
    found, wanted = 1 - scores[:, :3].softmax(1)[:, 0], (classes > 0).float()
    dice = 1 - 2 * (found * wanted).sum() / (found.sum() + wanted.sum() + 1)
    expected = float(entropy + 0.5 * dice)
    assert float(instance_loss(scores, classes, distance)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("size", "count"), [("full", 44_009_869), ("small", 1_131_181)])
def test_u2net_has_the_published_size(size, count):
    with torch.device("meta"):
        network = U2Net(3, 1, size)
    assert sum(weight.numel() for weight in network.parameters()) == count


def test_u2net_speaks_of_every_depth_while_it_learns():
    network, image = U2Net(1, 4, "small"), torch.zeros(2, 1, 32, 64)
    assert network.train()(image).shape == (2, 7 * 4, 32, 64)
    assert network.eval()(image).shape == (2, 4, 32, 64)


@pytest.mark.parametrize(
    ("widths", "millions"), [((16, 32, 64, 128), 0.5), ((32, 64, 128, 256, 512), 7.8)]
)
def test_widths_choose_the_size_of_a_unet(widths, millions):
    with torch.device("meta"):
        network = InstanceUNet(1, widths)
    count = sum(weight.numel() for weight in network.parameters())
    assert count / 1e6 == pytest.approx(millions, abs=0.05)


def model(name: str = "unet", **settings):
    settings = {"widths": (4, 8), "batch_size": 2, **settings}
    config = config_class(name)(**settings)
    names = ("gap", "cell", "not labelled")
    return build_model(
        name, ModelSetup(config, 3, 1, seed=1, device=torch.device("cpu"), code_names=names)
    )


def planes(side: int = 32) -> dict[str, torch.Tensor]:
    instances = torch.zeros(2, side, side, dtype=torch.int32)
    instances[:, 4:12, 4:12] = 1
    labels = (instances > 0).to(torch.uint8)
    labels[:, :, side // 2 :] = 2
    return {"images": instances[:, None].float() * 2 - 1, "instances": instances, "labels": labels}


def test_a_step_is_drawn_alike_from_the_same_seed():
    drawn = []
    for _ in range(2):
        torch.manual_seed(3)
        drawn.append(model(crop_px=16).draw(Batch(planes())).planes)
    assert drawn[0]["seen"].shape == (2, 1, 16, 16)
    assert all(torch.equal(drawn[0][name], drawn[1][name]) for name in drawn[0])


def test_the_level_that_is_not_labelled_is_unknown():
    sparse = model(ignore_label="not labelled", other_labs=False, crop_px=32, augment="none")
    classes = sparse.draw(Batch(planes()))["classes"]
    assert float((classes == UNKNOWN).float().mean()) == pytest.approx(0.5)


def test_maps_of_a_smaller_scale_are_compared_at_that_scale():
    sampler = model(scale=0.5).sampler
    found, known = sampler.compared(torch.zeros(2, 2, 16, 16), planes())
    assert found.shape == known.shape == (2, 16, 16)
    assert int((known == 1).sum()) == 2 * 4 * 4


def test_a_shipped_network_decides_what_is_seen():
    config = config_class("unet")(initial="pretrained/phase")
    shipped = load_network("phase", "initial")
    assert (config.sees, config.scale) == ("phase", shipped.scale)
    setup = ModelSetup(config, 3, 2, seed=1, device=torch.device("cpu"))
    begun = build_model("unet", setup)
    for name, weight in shipped.network.state_dict().items():
        assert torch.equal(begun.networks["network"].state_dict()[name], weight)
    assert begun.sampler.decoding == shipped.decoding


def test_a_network_that_does_not_ship_is_named_with_those_that_do():
    with pytest.raises(ValueError, match=r"no network 'phse'.*pretrained/phase"):
        config_class("unet")(initial="pretrained/phse")


def test_a_model_is_rebuilt_where_its_initial_network_is_not():
    config = config_class("unet")(initial="pretrained/phase")
    told = config.model_dump(mode="json") | {"initial": "gone.safetensors"}
    again = config_class("unet").model_validate(told)
    assert networks_of("unet").build_sampler(again, 3, 1).in_channels == 1
