"""pix2pix as its paper and its public description have it: plain, eager, float32, nothing clever.

The yardstick of `cytoforge.models.pix2pix`: tests compare one step, benchmarks/training.py the
time, the comparison the result. It shares no code with the package.
"""

import torch
from torch import Tensor, nn

DOWNS = {"unet_256": 8, "unet_128": 7, "unet_64": 6, "unet_32": 5, "unet_16": 4}
BLOCKS = {"resnet_9": 9, "resnet_6": 6}


def norm2d(kind: str, width: int) -> nn.Module:
    """Return batch norm, or instance norm without weights."""
    return nn.BatchNorm2d(width) if kind == "batch" else nn.InstanceNorm2d(width)


class UNetLevel(nn.Module):
    """One level of the U-Net around the next deeper one; hands on its input beside its output."""

    def __init__(
        self,
        width: int,  # channels in and, of the new half, out
        inner_width: int,
        inner: "UNetLevel | None",  # None: innermost
        norm: str,
        dropout: bool,
    ) -> None:
        super().__init__()
        bias = norm == "instance"
        self.down = nn.Sequential(
            nn.LeakyReLU(0.2, True), nn.Conv2d(width, inner_width, 4, 2, 1, bias=bias)
        )
        self.inner = inner
        if inner is not None:
            self.down.append(norm2d(norm, inner_width))
        deep = inner_width if inner is None else 2 * inner_width
        self.up = nn.Sequential(
            nn.ReLU(True), nn.ConvTranspose2d(deep, width, 4, 2, 1, bias=bias), norm2d(norm, width)
        )
        if dropout:
            self.up.append(nn.Dropout(0.5))

    def forward(self, x: Tensor) -> Tensor:  # (B, width, H, W)
        deep = self.down(x)  # (B, inner_width, H / 2, W / 2)
        if self.inner is not None:
            deep = self.inner(deep)  # (B, 2 inner_width, H / 2, W / 2)
        return torch.cat([x, self.up(deep)], 1)  # (B, 2 width, H, W)


class UNet(nn.Module):
    """Generator with skips: 8 halvings for 256 px."""

    def __init__(
        self, inputs: int, outputs: int, downs: int, filters: int, norm: str, dropout: bool
    ) -> None:
        super().__init__()
        widths = [filters * min(2**level, 8) for level in range(downs)]
        level = None
        for k in range(downs - 1, 0, -1):
            drops = dropout and level is not None and k >= 4
            level = UNetLevel(widths[k - 1], widths[k], level, norm, drops)
        self.first = nn.Conv2d(inputs, filters, 4, 2, 1, bias=norm == "instance")
        self.inner = level
        self.last = nn.ConvTranspose2d(2 * filters, outputs, 4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:  # (B, inputs, H, W)
        x = self.inner(self.first(x))  # (B, 2 filters, H / 2, W / 2)
        return torch.tanh(self.last(torch.relu(x)))  # (B, outputs, H, W)


class ResidualBlock(nn.Module):
    """Add two 3×3 convolutions of the input to it."""

    def __init__(self, width: int, norm: str, dropout: bool) -> None:
        super().__init__()
        bias = norm == "instance"
        self.first = nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect", bias=bias)
        self.first_norm = norm2d(norm, width)
        self.dropout = nn.Dropout(0.5 if dropout else 0)
        self.second = nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect", bias=bias)
        self.second_norm = norm2d(norm, width)

    def forward(self, x: Tensor) -> Tensor:  # (B, width, H, W)
        change = self.dropout(torch.relu(self.first_norm(self.first(x))))
        return x + self.second_norm(self.second(change))


class ResNet(nn.Module):
    """Generator of residual blocks at quarter size."""

    def __init__(
        self, inputs: int, outputs: int, blocks: int, filters: int, norm: str, dropout: bool
    ) -> None:
        super().__init__()
        f, bias = filters, norm == "instance"
        same = {"padding": 3, "padding_mode": "reflect"}
        up = {"stride": 2, "padding": 1, "output_padding": 1, "bias": bias}
        self.layers = nn.Sequential(
            *(nn.Conv2d(inputs, f, 7, bias=bias, **same), norm2d(norm, f), nn.ReLU(True)),
            *(nn.Conv2d(f, 2 * f, 3, 2, 1, bias=bias), norm2d(norm, 2 * f), nn.ReLU(True)),
            *(nn.Conv2d(2 * f, 4 * f, 3, 2, 1, bias=bias), norm2d(norm, 4 * f), nn.ReLU(True)),
            *(ResidualBlock(4 * f, norm, dropout) for _ in range(blocks)),
            *(nn.ConvTranspose2d(4 * f, 2 * f, 3, **up), norm2d(norm, 2 * f), nn.ReLU(True)),
            *(nn.ConvTranspose2d(2 * f, f, 3, **up), norm2d(norm, f), nn.ReLU(True)),
            *(nn.Conv2d(f, outputs, 7, **same), nn.Tanh()),
        )

    def forward(self, x: Tensor) -> Tensor:  # (B, inputs, H, W) → (B, outputs, H, W)
        return self.layers(x)


def patch_discriminator(inputs: int, layers: int, filters: int, norm: str) -> nn.Sequential:
    """Return the PatchGAN with `layers` strided convolutions: 3 see 70 × 70 px."""
    bias = norm == "instance"
    network = nn.Sequential(nn.Conv2d(inputs, filters, 4, 2, 1), nn.LeakyReLU(0.2, True))
    width = filters
    for layer in range(1, layers + 1):
        wider, stride = filters * min(2**layer, 8), 2 if layer < layers else 1
        network.append(nn.Conv2d(width, wider, 4, stride, 1, bias=bias))
        network.append(norm2d(norm, wider))
        network.append(nn.LeakyReLU(0.2, True))
        width = wider
    network.append(nn.Conv2d(width, 1, 4, 1, 1))
    return network


def pixel_discriminator(inputs: int, filters: int, norm: str) -> nn.Sequential:
    """Return the discriminator of single pixels."""
    bias = norm == "instance"
    return nn.Sequential(
        nn.Conv2d(inputs, filters, 1),
        nn.LeakyReLU(0.2, True),
        nn.Conv2d(filters, 2 * filters, 1, bias=bias),
        norm2d(norm, 2 * filters),
        nn.LeakyReLU(0.2, True),
        nn.Conv2d(2 * filters, 1, 1, bias=bias),
    )


def gan_loss(logits: Tensor, real: bool, mode: str) -> Tensor:
    """Return binary cross-entropy, squared distance to 1 or 0, or the critic's mean."""
    if mode == "vanilla":
        target = torch.ones_like(logits) if real else torch.zeros_like(logits)
        return nn.functional.binary_cross_entropy_with_logits(logits, target)
    if mode == "lsgan":
        return ((logits - (1.0 if real else 0.0)) ** 2).mean()
    return -logits.mean() if real else logits.mean()


class TextbookPix2Pix:
    """Networks, optimisers and one training step; defaults are the published recipe."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        generator: str = "unet_256",
        generator_filters: int = 64,
        dropout: bool = True,
        discriminator: str = "patch",
        discriminator_layers: int = 3,
        discriminator_filters: int = 64,
        norm: str = "batch",
        discriminator_norm: str = "batch",
        gan_mode: str = "vanilla",
        lambda_l1: float = 100,
        lambda_gan: float = 1,
        lambda_gp: float = 10,
        learning_rate: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        device: str = "cpu",
    ) -> None:
        self.gan_mode, self.lambda_l1, self.lambda_gan = gan_mode, lambda_l1, lambda_gan
        self.lambda_gp = lambda_gp
        shape = (generator_filters, norm, dropout)
        if generator in DOWNS:
            self.generator: nn.Module = UNet(inputs, outputs, DOWNS[generator], *shape)
        else:
            self.generator = ResNet(inputs, outputs, BLOCKS[generator], *shape)
        pair, width = inputs + outputs, discriminator_filters
        if discriminator == "patch":
            layers = discriminator_layers
            self.discriminator = patch_discriminator(pair, layers, width, discriminator_norm)
        else:
            self.discriminator = pixel_discriminator(pair, width, discriminator_norm)
        self.networks = {"generator": self.generator, "discriminator": self.discriminator}
        for network in self.networks.values():
            network.apply(normal_weights)
            network.to(device)
        self.optimisers = {
            name: torch.optim.Adam(network.parameters(), lr=learning_rate, betas=betas)
            for name, network in self.networks.items()
        }

    def step(self, x: Tensor, real: Tensor) -> dict[str, Tensor]:
        """Train the discriminator once, then the generator once.

        `x` is what the generator sees, (B, inputs, H, W), `real` what it should make of it,
        (B, outputs, H, W) in [-1, 1].
        """
        shares = torch.rand(len(x)) if self.gan_mode == "wgan_gp" else torch.empty(0)
        fake = self.generator(x)

        self.optimisers["discriminator"].zero_grad()
        on_fake = self.discriminator(torch.cat([x, fake.detach()], 1))
        d_fake = gan_loss(on_fake, False, self.gan_mode)
        on_real = self.discriminator(torch.cat([x, real], 1))
        d_real = gan_loss(on_real, True, self.gan_mode)
        losses = {"d_real": d_real, "d_fake": d_fake}
        if self.gan_mode == "wgan_gp":
            losses["d_penalty"] = self.slope_penalty(x, real, fake.detach(), shares)
            d_loss = d_fake + d_real + self.lambda_gp * losses["d_penalty"]
        else:
            d_loss = (d_fake + d_real) * 0.5
        d_loss.backward()
        self.optimisers["discriminator"].step()

        self.discriminator.requires_grad_(False)
        self.optimisers["generator"].zero_grad()
        on_fake = self.discriminator(torch.cat([x, fake], 1))
        losses["g_gan"] = gan_loss(on_fake, True, self.gan_mode)
        losses["g_l1"] = (fake - real).abs().mean()
        (self.lambda_gan * losses["g_gan"] + self.lambda_l1 * losses["g_l1"]).backward()
        self.optimisers["generator"].step()
        self.discriminator.requires_grad_(True)
        return {name: loss.detach() for name, loss in losses.items()}

    def slope_penalty(self, x: Tensor, real: Tensor, fake: Tensor, shares: Tensor) -> Tensor:
        """Return how far the critic's slope is from 1 on the way from fake to real."""
        penalties = []
        for k, share in enumerate(shares.tolist()):
            image = share * real[k] + (1 - share) * fake[k]  # (C, H, W)
            image.requires_grad_(True)
            verdict = self.discriminator(torch.cat([x[k], image])[None]).mean()
            (slope,) = torch.autograd.grad(verdict, image, create_graph=True)
            penalties.append(((slope**2).sum().sqrt() - 1) ** 2)
        return torch.stack(penalties).mean()


def normal_weights(layer: nn.Module) -> None:
    """Draw weights from N(0, 0.02), gains of batch norm from N(1, 0.02); biases are 0."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0, 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1, 0.02)
        nn.init.zeros_(layer.bias)


@torch.no_grad()
def copy_weights(source: nn.Module, target: nn.Module) -> None:
    """Copy weights and statistics of a network with the same layers under other names.

    Both must have them in the order of the data's way through the network; a difference in number
    or shape raises ValueError.
    """
    sources, targets = list(source.state_dict().values()), list(target.state_dict().values())
    for mine, theirs in zip(sources, targets, strict=True):
        if mine.shape != theirs.shape:
            raise ValueError(f"weights of shape {tuple(mine.shape)} for {tuple(theirs.shape)}")
        theirs.copy_(mine)
