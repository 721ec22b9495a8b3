"""A step in bf16 pulls every network where a step in fp32 pulls it.

bf16 has 8 bits: each number is off by up to 0.4 %, and a norm of few pixels magnifies that. What
must hold is the direction of a network's whole gradient: its cosine with fp32's. It depends on the
weights, so bounds are for the median of some; beside each is the smallest that was measured, over
variants and with and without instructions for bf16.
"""

import statistics
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.steps import Batch
from cytoforge.models.gan import GanModel
from tests.training import small_oasis, small_pix2pix, small_pix2pixhd

SEEDS = range(5)


@pytest.mark.parametrize("gan_mode", ["vanilla", "lsgan", "wgan_gp"])
@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize("generator", ["unet_128", "resnet_6"])
def test_pix2pix(tiny_config, generator, norm, gan_mode):
    # Without dropout, whose masks are drawn in the order of memory.
    config = tiny_config(
        generator=generator, norm=norm, gan_mode=gan_mode, dropout=False, channels_last=True
    )
    same_pull(
        lambda precision, seed: small_pix2pix.model(config, seed=seed, precision=precision),
        small_pix2pix.batch(),
        {"generator": 0.97, "discriminator": 0.99},  # 0.985, 0.998
    )


@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize("encoder", [False, True])
@pytest.mark.parametrize("generator", ["global", "local"])
def test_pix2pixhd(generator, encoder, norm):
    config = small_pix2pixhd.config(
        generator=generator, feature_encoder=encoder, norm=norm, channels_last=True,
        coarse_fraction=0, enhancer_only_fraction=0,
    )  # fmt: skip
    same_pull(
        lambda precision, seed: small_pix2pixhd.model(
            config, seed=seed, precision=precision, feature_loss=small_pix2pixhd.squared
        ),
        small_pix2pixhd.batch(),
        {"generator": 0.95, "discriminator": 0.998, "encoder": 0.93},  # 0.968, 0.9997, 0.956
    )


@pytest.mark.parametrize(
    "overrules",
    [
        {},
        {"supervision": "usis"},
        {"generator": "wavelet", "wavelet_discriminator": True},
        {"spectral_norm": False, "init_gain": 1.0, "fresh_fakes": False},
    ],
    ids=lambda overrules: "-".join(overrules) or "oasis",
)
def test_oasis(overrules):
    same_pull(
        lambda precision, seed: small_oasis.model(
            precision, seed=seed, channels_last=True, **overrules
        ),
        small_oasis.batch(),
        # 0.986, 0.9998, 0.995
        {"generator": 0.97, "discriminator": 0.999, "discriminator_wavelet": 0.985},
    )


def same_pull(
    build: Callable[[str, int], GanModel], batch: Batch, least_cosine: dict[str, float]
) -> None:
    """Compare every network's gradient of a step in fp32 and in bf16."""
    cosines: dict[str, list[float]] = {}
    lengths: dict[str, list[float]] = {}
    for seed in SEEDS:
        models = [build(precision, seed) for precision in ("fp32", "bf16")]
        for model in models:
            torch.manual_seed(seed)
            model.step(batch, 0)
        for name in models[0].networks:
            exact, rounded = (gradient(model.networks[name]) for model in models)
            assert not torch.equal(exact, rounded), name
            cosine = float(F.cosine_similarity(exact, rounded, 0))
            cosines.setdefault(name, []).append(cosine)
            lengths.setdefault(name, []).append(float(rounded.norm() / exact.norm()))
    for name, found in cosines.items():
        assert statistics.median(found) > least_cosine[name], (name, found)
        # 0.04 was measured.
        assert abs(statistics.median(lengths[name]) - 1) < 0.1, (name, lengths[name])


def gradient(network: nn.Module) -> Tensor:
    """All of a network's gradients as one vector."""
    return torch.cat([weight.grad.flatten().double() for weight in network.parameters()])
