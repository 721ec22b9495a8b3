"""Mask R-CNN: what it learns of a crop, and how detections become instance labels of a field."""

import numpy as np
import pytest
import torch

from cytoforge.compute.steps import Batch
from cytoforge.config.training import config_class
from cytoforge.models.mask_rcnn.detections import (
    Detection,
    MaskDecoding,
    detections_of,
    laid_out,
    over_field,
)
from cytoforge.models.mask_rcnn.model import target_of
from cytoforge.models.mask_rcnn.networks import MaskRCNNSampler
from cytoforge.models.model import ModelSetup
from cytoforge.models.registry import build_model
from cytoforge.networks.mask_rcnn import build_mask_rcnn

SMALL = {"backbone": "resnet18", "channels": 8, "batch_size": 2, "crop_px": 64}


def squares(side: int = 64) -> np.ndarray:
    labels = np.zeros((side, side), np.int32)
    labels[4:20, 6:20] = 3
    labels[30:50, 28:52] = 8
    return labels


class Perfect(torch.nn.Module):
    """Finds the objects of an image whose values are their labels, the last ones most probable."""

    def forward(self, images: list[torch.Tensor]) -> list[dict[str, torch.Tensor]]:
        found = [target_of(image[0].round().int()) for image in images]
        return [
            {
                "boxes": one["boxes"],
                "scores": torch.linspace(0.6, 0.9, len(one["labels"])),
                "masks": one["masks"][:, None].float(),
            }
            for one in found
        ]


@pytest.mark.parametrize(("backbone", "millions"), [("resnet34", 41.0), ("resnet18", 30.9)])
def test_the_networks_have_the_sizes_that_the_manual_says(backbone: str, millions: float):
    with torch.device("meta"):
        network = build_mask_rcnn(3, backbone)
    count = sum(weight.numel() for weight in network.parameters())
    assert count / 1e6 == pytest.approx(millions, abs=0.05)


def test_it_is_torchvisions_network_with_one_class_and_norms_that_learn():
    with torch.device("meta"):
        network = build_mask_rcnn(3, "resnet50")
    count = sum(weight.numel() for weight in network.parameters())
    # Published for 91 classes, each a score and four shifts of 1024 features, and a mask of 256;
    # with frozen norms, whose 53,120 weights are no parameters.
    assert count == 44_401_393 - 89 * (5 * (1024 + 1) + 256 + 1) + 53_120


def test_images_are_seen_in_their_own_size():
    network = build_mask_rcnn(1, "resnet18", 8).eval()
    seen, _ = network.transform([torch.ones(1, 64, 96)])
    assert seen.tensors.shape == (1, 1, 64, 96)
    assert torch.equal(seen.tensors, torch.ones(1, 1, 64, 96))


def test_the_target_of_a_crop_is_a_box_and_a_mask_per_object():
    target = target_of(torch.from_numpy(squares()))
    assert target["boxes"].tolist() == [[6, 4, 20, 20], [28, 30, 52, 50]]
    assert target["masks"].sum((1, 2)).tolist() == [14 * 16, 24 * 20]
    assert target["labels"].tolist() == [1, 1]


def test_of_a_sliver_nothing_is_to_be_learned_and_a_crop_may_be_empty():
    sliver = np.zeros((8, 8), np.int32)
    sliver[0, :3] = 1
    target = target_of(torch.from_numpy(sliver))
    assert (target["boxes"].shape, target["masks"].shape) == ((0, 4), (0, 8, 8))


def test_improbable_objects_and_pixels_are_left_out():
    masks = torch.zeros(2, 1, 4, 4)
    masks[:, 0, 1:3, 1:4] = torch.tensor([0.9, 0.6, 0.4])
    found = {"boxes": torch.zeros(2, 4), "scores": torch.tensor([0.8, 0.3]), "masks": masks}
    (one,) = detections_of(found, MaskDecoding())
    assert (one.row, one.col, one.pixels.shape) == (1, 1, (2, 2))


def test_the_more_probable_of_two_keeps_its_pixels():
    first, second = (
        Detection(0.7, 0, 0, np.ones((2, 4), bool)),
        Detection(0.9, 0, 3, np.ones((2, 4), bool)),
    )
    assert laid_out([first, second], (2, 7), MaskDecoding())[0].tolist() == [2, 2, 2, 1, 1, 1, 1]


@pytest.mark.parametrize("shape", [(40, 40), (100, 64), (150, 230), (64, 64)])
def test_windows_find_every_object_of_a_field_once_and_whole(shape: tuple[int, int]):
    labels = np.zeros(shape, np.int32)
    for number, (row, col) in enumerate(np.ndindex(shape[0] // 18, shape[1] // 18), 1):
        labels[row * 18 + 2 : row * 18 + 15, col * 18 + 1 : col * 18 + 14] = number

    def find(rows: slice, cols: slice) -> list[Detection]:
        (found,) = Perfect()([torch.from_numpy(labels[rows, cols]).float()[None]])
        return detections_of(found, MaskDecoding())

    found = over_field(shape, 64, find)
    assert sorted((one.row, one.col) for one in found) == [
        (row * 18 + 2, col * 18 + 1) for row, col in np.ndindex(shape[0] // 18, shape[1] // 18)
    ]
    assert {one.pixels.shape for one in found} == {(13, 13)}


def test_what_is_found_in_tiles_goes_through_maps_without_loss():
    sampler = MaskRCNNSampler(Perfect(), "colours", 1.0, 64, 1)
    labels = torch.from_numpy(np.stack([squares(), squares()[::-1].copy()]))
    planes = {"images": labels[:, None].float() * 2 - 1, "instances": labels}
    made = sampler(planes, {}) * 0.5 + 0.5  # as validation scales it
    found, known = sampler.compared(made, planes)
    assert torch.equal(known, labels)
    assert torch.equal(found > 0, labels > 0)
    assert len(found[0].unique()) == 3
    assert torch.equal(sampler.target(planes)[:, :1] > 0, (labels > 0)[:, None])


def test_a_step_learns_boxes_and_masks_and_is_repeatable():
    losses = []
    for _ in range(2):
        config = config_class("mask_rcnn")(**SMALL, other_labs=False)
        setup = ModelSetup(config, 2, 1, seed=1, device=torch.device("cpu"))
        model = build_model("mask_rcnn", setup)
        labels = torch.from_numpy(np.stack([squares(96), np.zeros((96, 96), np.int32)]))
        torch.manual_seed(5)
        planes = {"images": (labels > 0)[:, None].float() * 2 - 1, "instances": labels}
        losses.append({k: float(v) for k, v in model.step(Batch(planes), 0).items()})
    assert losses[0] == losses[1]
    parts = {name: value for name, value in losses[0].items() if name != "loss"}
    assert set(parts) == {"rpn_entropy", "rpn_shift", "box_entropy", "box_shift", "mask_entropy"}
    assert losses[0]["loss"] == pytest.approx(sum(parts.values()), rel=1e-5)
    assert all(np.isfinite(value) for value in parts.values())


def test_parts_without_labels_are_refused():
    with pytest.raises(ValueError, match="use `unet` or `hovernet`"):
        config_class("mask_rcnn")(ignore_label="not labelled")
