"""CUT and FastCUT as their paper has them: plain, eager, float32, nothing clever.

The yardstick of `cytoforge.models.cut`: tests compare one step, benchmarks/training.py the time. It
shares no code with the package; generator and discriminator are the textbook's of pix2pix.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.textbook.pix2pix import (
    BLOCKS,
    ResNet,
    gan_loss,
    normal_weights,
    patch_discriminator,
)


class TextbookCut:
    """Networks, optimisers and one training step; defaults are CUT's published recipe."""

    def __init__(
        self,
        channels: int,
        *,
        generator: str = "resnet_9",
        generator_filters: int = 64,
        discriminator_layers: int = 3,
        discriminator_filters: int = 64,
        head_filters: int = 256,
        patches: int = 256,
        temperature: float = 0.07,
        lambda_nce: float = 1,
        identity: bool = True,
        mirror: bool = False,
        learning_rate: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        device: str = "cpu",
    ) -> None:
        self.patches, self.temperature, self.lambda_nce = patches, temperature, lambda_nce
        self.identity, self.mirror = identity, mirror
        blocks, f = BLOCKS[generator], generator_filters
        widths = [channels, 2 * f, 4 * f, 4 * f, 4 * f]
        # Layers of the textbook's ResNet: both that halve, the first block and the fifth.
        self.taps = [3, 6, 9, 13]
        self.networks = {
            "generator_ab": ResNet(channels, channels, blocks, f, "instance", False),
            "discriminator_b": patch_discriminator(
                channels, discriminator_layers, discriminator_filters, "instance"
            ),
            "heads": nn.ModuleList(
                nn.Sequential(
                    nn.Linear(width, head_filters),
                    nn.ReLU(),
                    nn.Linear(head_filters, head_filters),
                )
                for width in widths
            ),
        }
        for network in self.networks.values():
            network.apply(normal_weights)
            network.to(device)
        self.optimisers = {
            name: torch.optim.Adam(network.parameters(), lr=learning_rate, betas=betas)
            for name, network in self.networks.items()
        }

    def features(self, x: Tensor) -> list[Tensor]:
        """Return the image and what four layers make of it."""
        found = [x]
        for number, layer in enumerate(self.networks["generator_ab"].layers):
            x = layer(x)
            if number in self.taps:
                found.append(x)
            if number == self.taps[-1]:
                return found
        return found

    def nce(self, source: Tensor, made: Tensor, places: list[Tensor], flips: list[bool]) -> Tensor:
        """Return the mean over layers, images and patches of the cross-entropy."""
        losses = []
        layers = zip(
            self.networks["heads"], self.features(made), self.features(source), strict=True
        )
        for number, (head, ours, theirs) in enumerate(layers):
            of_layer = []
            for k, flipped in enumerate(flips):
                where = places[number][k]
                image = ours[k].flip(2) if flipped else ours[k]  # (C, h, w)
                query = F.normalize(head(image.flatten(1).T[where]), dim=1)  # (P, F)
                key = F.normalize(head(theirs[k].flatten(1).T[where]), dim=1).detach()
                positive = (query * key).sum(1, keepdim=True)  # (P, 1)
                itself = torch.eye(len(where), dtype=torch.bool, device=query.device)
                negative = (query @ key.T).masked_fill(itself, -10.0)
                likeness = torch.cat([positive, negative], 1) / self.temperature
                first = torch.zeros(len(where), dtype=torch.long, device=query.device)
                of_layer.append(F.cross_entropy(likeness, first))
            losses.append(torch.stack(of_layer).mean())
        return torch.stack(losses).mean()

    def step(
        self, real_a: Tensor, real_b: Tensor, places: dict[str, list[Tensor]], flips: list[bool]
    ) -> dict[str, Tensor]:
        """Train the discriminator once, then the generator and the heads once.

        places : of `a` and `b`, for each layer which pixels are compared, (B, P)
        flips : which images are mirrored before they are translated
        """
        generator, judge = self.networks["generator_ab"], self.networks["discriminator_b"]
        seen = torch.stack([a.flip(2) if f else a for a, f in zip(real_a, flips, strict=True)])
        fake_b = generator(seen)

        self.optimisers["discriminator_b"].zero_grad()
        d_fake = gan_loss(judge(fake_b.detach()), False, "lsgan")
        d_real = gan_loss(judge(real_b), True, "lsgan")
        ((d_real + d_fake) * 0.5).backward()
        self.optimisers["discriminator_b"].step()

        judge.requires_grad_(False)
        self.optimisers["generator_ab"].zero_grad()
        self.optimisers["heads"].zero_grad()
        losses = {"g_gan_b": gan_loss(judge(fake_b), True, "lsgan")}
        losses["g_nce_a"] = total = self.nce(real_a, fake_b, places["a"], flips)
        if self.identity:
            # Mirrored as all images of the step are.
            shown = torch.stack([b.flip(2) if f else b for b, f in zip(real_b, flips, strict=True)])
            losses["g_nce_b"] = self.nce(real_b, generator(shown), places["b"], flips)
            total = (losses["g_nce_a"] + losses["g_nce_b"]) * 0.5
        (losses["g_gan_b"] + self.lambda_nce * total).backward()
        self.optimisers["generator_ab"].step()
        self.optimisers["heads"].step()
        judge.requires_grad_(True)
        losses |= {"d_real_b": d_real, "d_fake_b": d_fake}
        return {name: loss.detach() for name, loss in losses.items()}
