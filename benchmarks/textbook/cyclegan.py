"""CycleGAN as its paper and its public description have it: plain, eager, float32, nothing clever.

The yardstick of `cytoforge.models.cyclegan`: tests compare one step, benchmarks/training.py the
time. It shares no code with the package; the networks are the textbook's of pix2pix.
"""

import itertools
import random

import torch
from torch import Tensor, nn

from benchmarks.textbook.pix2pix import (
    BLOCKS,
    DOWNS,
    ResNet,
    UNet,
    gan_loss,
    normal_weights,
    patch_discriminator,
)


class OlderImages:
    """Up to `size` generated images, handed out instead of half of the new ones."""

    def __init__(self, size: int) -> None:
        self.size, self.images = size, []

    def exchange(self, images: Tensor) -> Tensor:
        """Return as many images as given, (B, C, H, W)."""
        if not self.size:
            return images
        handed = []
        for image in images:
            if len(self.images) < self.size:
                self.images.append(image)
                handed.append(image)
            elif random.random() < 0.5:
                place = random.randrange(self.size)
                handed.append(self.images[place])
                self.images[place] = image
            else:
                handed.append(image)
        return torch.stack(handed)


class TextbookCycleGan:
    """Networks, optimisers and one training step; defaults are the published recipe."""

    def __init__(
        self,
        channels: int,
        *,
        generator: str = "resnet_9",
        generator_filters: int = 64,
        discriminator_layers: int = 3,
        discriminator_filters: int = 64,
        lambda_cycle: float = 10,
        identity: float = 0.5,
        pool_size: int = 50,
        learning_rate: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        device: str = "cpu",
    ) -> None:
        self.lambda_cycle, self.identity = lambda_cycle, identity

        def new_generator() -> nn.Module:
            shape = (generator_filters, "instance", False)
            if generator in DOWNS:
                return UNet(channels, channels, DOWNS[generator], *shape)
            return ResNet(channels, channels, BLOCKS[generator], *shape)

        def new_discriminator() -> nn.Module:
            shape = (discriminator_layers, discriminator_filters, "instance")
            return patch_discriminator(channels, *shape)

        self.networks = {
            "generator_ab": new_generator(),
            "generator_ba": new_generator(),
            "discriminator_a": new_discriminator(),
            "discriminator_b": new_discriminator(),
        }
        for network in self.networks.values():
            network.apply(normal_weights)
            network.to(device)
        self.pools = {"a": OlderImages(pool_size), "b": OlderImages(pool_size)}
        generators, discriminators = (
            itertools.chain(*(self.networks[name].parameters() for name in names))
            for names in (
                ("generator_ab", "generator_ba"),
                ("discriminator_a", "discriminator_b"),
            )
        )
        self.for_generators = torch.optim.Adam(generators, lr=learning_rate, betas=betas)
        self.for_discriminators = torch.optim.Adam(discriminators, lr=learning_rate, betas=betas)

    def step(self, real_a: Tensor, real_b: Tensor) -> dict[str, Tensor]:
        """Train both generators once, then both discriminators; images (B, C, H, W) in [-1, 1]."""
        to_b, to_a = self.networks["generator_ab"], self.networks["generator_ba"]
        judge_a, judge_b = self.networks["discriminator_a"], self.networks["discriminator_b"]
        fake_b = to_b(real_a)
        back_a = to_a(fake_b)
        fake_a = to_a(real_b)
        back_b = to_b(fake_a)

        judge_a.requires_grad_(False)
        judge_b.requires_grad_(False)
        self.for_generators.zero_grad()
        losses = {
            "g_gan_b": gan_loss(judge_b(fake_b), True, "lsgan"),
            "g_gan_a": gan_loss(judge_a(fake_a), True, "lsgan"),
            "g_cycle_a": (back_a - real_a).abs().mean(),
            "g_cycle_b": (back_b - real_b).abs().mean(),
        }
        total = losses["g_gan_b"] + losses["g_gan_a"]
        total = total + self.lambda_cycle * (losses["g_cycle_a"] + losses["g_cycle_b"])
        if self.identity > 0:
            losses["g_identity_a"] = (to_a(real_a) - real_a).abs().mean()
            losses["g_identity_b"] = (to_b(real_b) - real_b).abs().mean()
            same = losses["g_identity_a"] + losses["g_identity_b"]
            total = total + self.lambda_cycle * self.identity * same
        total.backward()
        self.for_generators.step()

        judge_a.requires_grad_(True)
        judge_b.requires_grad_(True)
        self.for_discriminators.zero_grad()
        pairs = {"a": (judge_a, real_a, fake_a), "b": (judge_b, real_b, fake_b)}
        for domain, (judge, real, fake) in pairs.items():
            shown = self.pools[domain].exchange(fake.detach())
            d_real = gan_loss(judge(real), True, "lsgan")
            d_fake = gan_loss(judge(shown), False, "lsgan")
            ((d_real + d_fake) * 0.5).backward()
            losses |= {f"d_real_{domain}": d_real, f"d_fake_{domain}": d_fake}
        self.for_discriminators.step()
        return {name: loss.detach() for name, loss in losses.items()}
