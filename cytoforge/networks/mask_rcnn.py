"""Mask R-CNN with a feature pyramid (He et al. 2017, arXiv:1703.06870), of torchvision's parts.

For training from random weights: group norm instead of frozen batch norm in the encoder (He et al.
2018, arXiv:1811.08883), and anchors as small as nuclei.
"""

from functools import partial

from torch import Tensor, nn
from torchvision.models import resnet
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.transform import GeneralizedRCNNTransform

LEVELS = 5  # of the pyramid: strides of 4, 8, 16 and 32 px, and the last one pooled
RATIOS = (0.5, 1.0, 2.0)
BOX_CELLS = 7  # side of the features of a box
GROUPS = 8
CLASSES = 2  # ground and object


class OwnSize(GeneralizedRCNNTransform):
    """Images keep their size; torchvision enlarges all to 800 px."""

    def resize(
        self, image: Tensor, target: dict[str, Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor] | None]:
        """Return both as they are."""
        return image, target


def build_mask_rcnn(
    in_channels: int,
    backbone: str = "resnet50",
    channels: int = 256,
    smallest_anchor_px: float = 8,
    boxes: int = 512,
    detections: int = 500,
) -> MaskRCNN:
    """Return the untrained network for one class of objects.

    In training it takes a list of images (C, H, W) and one of targets, and returns losses;
    else it returns, for each image, boxes, scores and soft masks of the objects found.

    Parameters
    ----------
    backbone : `resnet18`, `resnet34` or `resnet50`
    channels : of the pyramid and of both heads
    smallest_anchor_px : side of the anchors of the finest level; each next one has twice as large
    boxes : per image that each stage learns from
    detections : objects found in an image at most
    """
    sizes = tuple((smallest_anchor_px * 2**level,) for level in range(LEVELS))
    anchors = AnchorGenerator(sizes, (RATIOS,) * LEVELS)
    features = 4 * channels
    network = MaskRCNN(
        _encoder(in_channels, backbone, channels),
        rpn_anchor_generator=anchors,
        box_head=TwoMLPHead(channels * BOX_CELLS**2, features),
        box_predictor=FastRCNNPredictor(features, CLASSES),
        rpn_batch_size_per_image=boxes,
        box_batch_size_per_image=boxes,
        box_detections_per_img=detections,
        mask_head=MaskRCNNHeads(channels, (channels,) * 4, 1),
        mask_predictor=MaskRCNNPredictor(channels, channels, CLASSES),
    )
    # Grey values as they come: the group norm behind the first layer scales them.
    network.transform = OwnSize(1, 1, [0.0] * in_channels, [1.0] * in_channels)
    return network


def _encoder(in_channels: int, backbone: str, channels: int) -> BackboneWithFPN:
    """Return a ResNet that sees so many channels, and the pyramid on its four stages."""
    build = {
        "resnet18": resnet.resnet18,
        "resnet34": resnet.resnet34,
        "resnet50": resnet.resnet50,
    }[backbone]
    encoder = build(weights=None, norm_layer=partial(nn.GroupNorm, GROUPS))
    if in_channels != encoder.conv1.in_channels:
        stem = nn.Conv2d(in_channels, encoder.conv1.out_channels, 7, 2, 3, bias=False)
        nn.init.kaiming_normal_(stem.weight, mode="fan_out", nonlinearity="relu")
        encoder.conv1 = stem
    first = encoder.inplanes // 8
    stages = {f"layer{k + 1}": str(k) for k in range(4)}
    return BackboneWithFPN(encoder, stages, [first * 2**k for k in range(4)], channels)
