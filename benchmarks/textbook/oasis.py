"""OASIS and its medical relative as their papers have them: plain, eager, float32, nothing clever.

The yardstick of `cytoforge.models.oasis.model`: tests compare one step, benchmarks/training.py the
time, the comparison the result. It shares no code with the package.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.textbook.oasis_networks import (
    Generator,
    Segmenter,
    follow_singular_values,
    xavier_weights,
)
from benchmarks.textbook.wavelet import WaveletDiscriminator, standard_normal_weights


def balanced_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy against code + 1, each code present with the same total weight."""
    total = 0.0
    present = labels.unique().tolist()
    entropy = -F.log_softmax(logits, 1)  # (B, K + 1, H, W)
    for code in present:
        own = labels == code
        weight = labels.numel() / (len(present) * own.sum())
        total = total + weight * entropy[:, code + 1][own].sum()
    return total / labels.numel()


class TextbookOasis:
    """Networks, optimisers and one training step; defaults are the published recipe."""

    def __init__(
        self,
        n_codes: int,
        channels: int,
        *,
        supervision: str = "oasis",
        wavelet_generator: bool = False,
        wavelet_discriminator: bool = False,
        generator_filters: int = 64,
        blocks: int = 6,
        noise_channels: int = 64,
        spade_filters: int = 128,
        spade_norm: str = "batch",
        discriminator_filters: int = 128,
        discriminator_blocks: int = 6,
        wavelet_filters: int = 128,
        wavelet_stages: int = 5,
        fresh_fakes: bool = True,
        lambda_labelmix: float = 10,
        r1_gamma: float = 10,
        r1_every: int = 16,
        learning_rate: float = 1e-4,
        discriminator_rate: float = 4,
        wavelet_rate: float = 5,
        betas: tuple[float, float] = (0.0, 0.999),
        device: str = "cpu",
    ) -> None:
        self.n_codes, self.noise_channels, self.device = n_codes, noise_channels, device
        self.supervision, self.fresh_fakes = supervision, fresh_fakes
        self.lambda_labelmix, self.r1_gamma, self.r1_every = lambda_labelmix, r1_gamma, r1_every
        inputs = noise_channels + n_codes
        shape = (generator_filters, blocks, spade_filters, spade_norm, wavelet_generator)
        self.networks: dict[str, nn.Module] = {
            "generator": Generator(inputs, channels, *shape),
            "discriminator": Segmenter(
                channels, n_codes, discriminator_filters, discriminator_blocks
            ),
        }
        d_rate = learning_rate * discriminator_rate
        rates = {"generator": learning_rate, "discriminator": d_rate}
        for network in self.networks.values():
            network.apply(xavier_weights)
        if wavelet_discriminator or supervision == "usis":
            wavelet = WaveletDiscriminator(channels, wavelet_filters, wavelet_stages)
            wavelet.apply(standard_normal_weights)
            self.networks["discriminator_wavelet"] = wavelet
            rates["discriminator_wavelet"] = d_rate * wavelet_rate
        self.optimisers = {
            name: torch.optim.Adam(network.to(device).parameters(), lr=rates[name], betas=betas)
            for name, network in self.networks.items()
        }

    def step(self, labels: Tensor, real: Tensor, step: int = 0) -> dict[str, Tensor]:
        """Train on labels uint8 (B, H, W) and real images (B, C, H, W) in [-1, 1]."""
        if self.fresh_fakes:
            losses = self.generator_step(self.fake(labels), labels)
            with torch.no_grad():
                fake = self.fake(labels)
            losses |= self.discriminator_step(fake, labels, real, step)
        else:
            fake = self.fake(labels)
            losses = self.discriminator_step(fake.detach(), labels, real, step)
            losses |= self.generator_step(fake, labels)
        return {name: loss.detach() for name, loss in losses.items()}

    def fake(self, labels: Tensor) -> Tensor:
        """Return images of labels and new noise, a vector an image (B, C, H, W)."""
        noise = torch.randn(len(labels), self.noise_channels).to(labels.device)
        spread = noise[:, :, None, None].expand(-1, -1, *labels.shape[1:])
        one_hot = F.one_hot(labels.long(), self.n_codes).permute(0, 3, 1, 2).float()
        return self.networks["generator"](torch.cat([spread, one_hot], 1))

    def generator_step(self, fake: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Train the generator to be segmented right, and called real by the wavelet
        discriminator."""
        verdict = self.networks["discriminator"](fake)
        losses = {"g_segment": balanced_cross_entropy(verdict, labels)}
        if "discriminator_wavelet" in self.networks:
            losses["g_wavelet"] = F.softplus(-self.networks["discriminator_wavelet"](fake)).mean()
        self.update("generator", sum(losses.values()))
        return losses

    def discriminator_step(
        self, fake: Tensor, labels: Tensor, real: Tensor, step: int
    ) -> dict[str, Tensor]:
        """Train the segmenter, then the wavelet discriminator where there is one."""
        segmenter = self.networks["discriminator"]
        if self.supervision == "oasis":
            losses, total = self.paired(segmenter, fake, labels, real)
        else:
            total = balanced_cross_entropy(segmenter(fake), labels)
            losses = {"d_segment": total}
        self.update("discriminator", total)
        if "discriminator_wavelet" in self.networks:
            losses |= self.wavelet_step(fake, real, step)
        return losses

    def paired(
        self, segmenter: nn.Module, fake: Tensor, labels: Tensor, real: Tensor
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Real pixels are of their code, fake pixels fake, mixed images segmented as their
        parts."""
        on_real, on_fake = segmenter(real), segmenter(fake)
        bits = torch.randint(0, 2, (len(labels), self.n_codes))
        rows = [bits[k][labels[k].long().cpu()] for k in range(len(labels))]
        mask = torch.stack(rows)[:, None].float().to(real.device)  # (B, 1, H, W)
        on_mixed = segmenter(mask * real + (1 - mask) * fake)
        losses = {
            "d_real": balanced_cross_entropy(on_real, labels),
            "d_fake": F.cross_entropy(on_fake, torch.zeros_like(labels, dtype=torch.long)),
            "d_mix": ((on_mixed - (mask * on_real + (1 - mask) * on_fake)) ** 2).mean(),
        }
        total = losses["d_real"] + losses["d_fake"] + self.lambda_labelmix * losses["d_mix"]
        return losses, total

    def wavelet_step(self, fake: Tensor, real: Tensor, step: int) -> dict[str, Tensor]:
        """Train the wavelet discriminator; every so many steps with R1, which then weighs as many
        times as much."""
        wavelet = self.networks["discriminator_wavelet"]
        losses = {
            "d_wavelet_real": F.softplus(-wavelet(real)).mean(),
            "d_wavelet_fake": F.softplus(wavelet(fake)).mean(),
            "d_r1": torch.zeros((), device=real.device),
        }
        if step % self.r1_every == 0:
            image = real.clone().requires_grad_(True)
            (slope,) = torch.autograd.grad(wavelet(image).sum(), image, create_graph=True)
            penalty = (slope**2).flatten(1).sum(1).mean()
            losses["d_r1"] = self.r1_every * self.r1_gamma / 2 * penalty
        self.update("discriminator_wavelet", sum(losses.values()))
        return losses

    def update(self, name: str, loss: Tensor) -> None:
        """Minimise a loss once."""
        self.optimisers[name].zero_grad()
        loss.backward()
        self.optimisers[name].step()
        follow_singular_values(self.networks[name])
