"""Feature vectors of patches for the distances between sets: VGG16, and the Inception of FID."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from cytoforge.config.metrics import MetricsConfig
from cytoforge.pretrained.trunk import Trunk, as_rgb
from cytoforge.pretrained.weights import Missing, find_weights, load_weights

INCEPTION_PX = 299
BATCH = 8  # images looked at at once; bounds the memory


def vgg16_features(stages: list[Tensor], batch: int) -> Tensor:
    """Return the mean over positions of relu4_3 and relu5_3, (batch, k * 1024).

    Two depths, because at 128 px texture of cells shows at relu4_3 (16×16 positions) and their
    arrangement at relu5_3 (8×8). Grey views of one image (k channels) are laid end to end, so that
    the distance also sees how channels go together. Not FID: never name it so.
    """
    pooled = torch.cat([stage.mean((-2, -1)) for stage in stages[3:]], dim=1)
    return pooled.reshape(batch, -1)


class Vgg16Features:
    """`vgg16_features` of images."""

    def __init__(self, state: dict[str, Tensor], device: torch.device | str = "cpu") -> None:
        trunk = Trunk("vgg16").load(state)
        self.network = trunk.to(device).to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def __call__(self, unit: Tensor, rgb: bool = True) -> Tensor:
        """Map (B, C, H, W) in [0, 1] to (B, k * 1024)."""
        return vgg16_features(self.network(as_rgb(unit, rgb)), len(unit))


class InceptionFeatures:
    """The 2,048 features of pytorch-fid's Inception v3 (pool3), the network that defines FID."""

    def __init__(self, state: dict[str, Tensor], device: torch.device | str = "cpu") -> None:
        self.network = fid_network()
        self.network.load_state_dict({k: v for k, v in state.items() if not k.startswith("fc.")})
        self.network.eval().requires_grad_(False).to(device)

    @torch.inference_mode()
    def __call__(self, unit: Tensor, rgb: bool = True) -> Tensor:
        """Map (B, C, H, W) in [0, 1] to (B, k * 2048), as pytorch-fid does: resized to 299 px,
        scaled to [-1, 1]; grey views of the channels as in `vgg16_features`."""
        views = as_rgb(unit, rgb)
        size = (INCEPTION_PX, INCEPTION_PX)
        views = interpolate(views, size=size, mode="bilinear", align_corners=False)
        return self.network(2 * views - 1).reshape(len(unit), -1)


def fid_network() -> nn.Module:
    """Return the network that pytorch-fid's file fits, uninitialised and without classifier.

    Built here because pytorch-fid's own function always loads from torch's hub.
    """
    # Here, because torchvision takes as long to import as torch, and few runs have FID's weights.
    from pytorch_fid import inception as fid
    from torchvision.models import Inception3

    network = Inception3(num_classes=1, aux_logits=False, init_weights=False)
    blocks = {
        **{f"Mixed_5{k}": fid.FIDInceptionA(n, f) for k, n, f in _BLOCKS_5},
        **{f"Mixed_6{k}": fid.FIDInceptionC(768, width) for k, width in _BLOCKS_6},
        "Mixed_7b": fid.FIDInceptionE_1(1280),
        "Mixed_7c": fid.FIDInceptionE_2(2048),
    }
    for name, block in blocks.items():
        setattr(network, name, block)
    network.fc = nn.Identity()
    return network


# Input channels and pool features; width of the 7×7 factorised convolutions.
_BLOCKS_5 = (("b", 192, 32), ("c", 256, 64), ("d", 288, 64))
_BLOCKS_6 = (("b", 128), ("c", 160), ("d", 160), ("e", 192))


def load_inception(
    config: MetricsConfig, device: torch.device | str = "cpu"
) -> InceptionFeatures | Missing:
    """Return the Inception of FID, or why it cannot be had."""
    found = find_weights("inception", config)
    if isinstance(found, Missing):
        return found
    return InceptionFeatures(load_weights(found), device)


def load_vgg16(config: MetricsConfig) -> Vgg16Features | Missing:
    """Return the features of VGG16, or why they cannot be had."""
    found = find_weights("vgg16", config)
    return found if isinstance(found, Missing) else Vgg16Features(load_weights(found))


def features_of_set(features: InceptionFeatures | Vgg16Features, images: Tensor) -> Tensor:
    """Return the feature vectors of a set (N, C, H, W) in [0, 1], float64 (N, d), where it lies."""
    features.network.to(images.device)
    return torch.cat([features(part) for part in images.split(BATCH)]).double()
