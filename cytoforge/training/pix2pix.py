"""pix2pix: a conditional GAN with an L1 loss (Isola et al. 2017, arXiv:1611.07004)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.networks.init import init_weights
from cytoforge.networks.labels import encode_labels
from cytoforge.networks.registry import build_discriminator, build_generator
from cytoforge.seeds import derive_seed
from cytoforge.training.losses import adversarial_loss
from cytoforge.training.model import ModelSetup


class Pix2Pix:
    """U-Net against PatchGAN; the discriminator always sees the label map with the image."""

    def __init__(self, setup: ModelSetup) -> None:
        self.config, self.n_codes, self.device = setup.config, setup.n_codes, setup.device
        self.bf16 = setup.precision == "bf16"
        self.layout = torch.channels_last if setup.config.channels_last else torch.contiguous_format
        self.generator = build_generator(setup.config, setup.n_codes, setup.channels)
        self.discriminator = build_discriminator(setup.config, setup.n_codes, setup.channels)
        self.networks: dict[str, nn.Module] = {
            "generator": self.generator,
            "discriminator": self.discriminator,
        }
        self.optimisers: dict[str, torch.optim.Optimizer] = {}
        for name, network in self.networks.items():
            init_weights(network, derive_seed(setup.seed, "init", name))
            network.to(self.device, memory_format=self.layout)  # type: ignore[call-overload]
            # fused: one pass over weights and moments; 6 % of a step on 2 cores at batch 1.
            self.optimisers[name] = torch.optim.Adam(
                network.parameters(),
                lr=setup.config.learning_rate,
                betas=(setup.config.beta1, setup.config.beta2),
                fused=True,
            )

    def step(self, labels: Tensor, real: Tensor) -> dict[str, Tensor]:
        """Update the discriminator, then the generator against the updated discriminator."""
        condition = self._condition(labels)  # (B, K, H, W)
        real = real.contiguous(memory_format=self.layout)  # (B, C, H, W)
        with self._arithmetic():
            fake = self.generator(condition)  # (B, C, H, W)
            d_fake, d_real = self._discriminator_losses(condition, fake.detach(), real)
        self._update("discriminator", (d_fake + d_real) * 0.5)

        self.discriminator.requires_grad_(False)  # saves the gradients nobody would use
        with self._arithmetic():
            logits = self.discriminator(torch.cat([condition, fake], 1))  # (B, 1, h, w)
            g_gan = adversarial_loss(logits, True, self.config.gan_mode)
            g_l1 = F.l1_loss(fake.float(), real)
        self._update("generator", self.config.lambda_gan * g_gan + self.config.lambda_l1 * g_l1)
        self.discriminator.requires_grad_(True)
        losses = {"g_gan": g_gan, "g_l1": g_l1, "d_real": d_real, "d_fake": d_fake}
        return {name: loss.detach() for name, loss in losses.items()}

    def generate(self, network: nn.Module, labels: Tensor) -> Tensor:
        """Return images (B, C, H, W), float32 in [-1, 1], of labels (B, H, W)."""
        with self._arithmetic():
            image: Tensor = network(self._condition(labels))
        return image.float()

    def _discriminator_losses(
        self, condition: Tensor, fake: Tensor, real: Tensor
    ) -> tuple[Tensor, Tensor]:
        mode = self.config.gan_mode
        on_fake = self.discriminator(torch.cat([condition, fake], 1))  # (B, 1, h, w)
        on_real = self.discriminator(torch.cat([condition, real], 1))
        return adversarial_loss(on_fake, False, mode), adversarial_loss(on_real, True, mode)

    def _update(self, name: str, loss: Tensor) -> None:
        optimiser = self.optimisers[name]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()

    def _condition(self, labels: Tensor) -> Tensor:
        condition = encode_labels(labels, self.n_codes, self.config.label_input)
        return condition.contiguous(memory_format=self.layout)

    def _arithmetic(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16)
