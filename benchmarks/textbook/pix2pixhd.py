"""pix2pixHD as its paper and its public description have it: plain, eager, float32, nothing clever.

The yardstick of `cytoforge.models.pix2pixhd`: tests compare one step, benchmarks/training.py the
time, the comparison the result. It shares no code with the package.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.textbook.pix2pix import normal_weights


def layer(*convolution: nn.Module, width: int) -> list[nn.Module]:
    """Return a convolution with its instance norm, without weights, and its ReLU."""
    return [*convolution, nn.InstanceNorm2d(width), nn.ReLU()]


def wide_layer(inputs: int, outputs: int) -> list[nn.Module]:
    """Return a 7×7 layer at full size."""
    return layer(nn.ReflectionPad2d(3), nn.Conv2d(inputs, outputs, 7), width=outputs)


def down_layer(width: int) -> list[nn.Module]:
    """Return a layer that halves the size."""
    return layer(nn.Conv2d(width, 2 * width, 3, stride=2, padding=1), width=2 * width)


def up_layer(width: int) -> list[nn.Module]:
    """Return a layer that doubles the size."""
    double = nn.ConvTranspose2d(width, width // 2, 3, stride=2, padding=1, output_padding=1)
    return layer(double, width=width // 2)


def last_layer(inputs: int, outputs: int) -> list[nn.Module]:
    """Return the 7×7 layer that makes the image."""
    return [nn.ReflectionPad2d(3), nn.Conv2d(inputs, outputs, 7), nn.Tanh()]


class ResnetBlock(nn.Module):
    """Add two 3×3 convolutions of the input to it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            *layer(nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), width=width),
            *(nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width)),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv_block(x)


class GlobalGenerator(nn.Module):
    """G1; without blocks it is the feature encoder as well."""

    def __init__(self, inputs: int, outputs: int, filters: int, downs: int, blocks: int) -> None:
        super().__init__()
        deep = filters * 2**downs
        self.model = nn.Sequential(
            *wide_layer(inputs, filters),
            *(each for k in range(downs) for each in down_layer(filters * 2**k)),
            *(ResnetBlock(deep) for _ in range(blocks)),
            *(each for k in range(downs) for each in up_layer(deep // 2**k)),
            *last_layer(filters, outputs),
        )

    def forward(self, x: Tensor) -> Tensor:  # (B, inputs, H, W) → (B, outputs, H, W)
        return self.model(x)


class LocalEnhancer(nn.Module):
    """G2: G1 without its last three layers at half size, and a branch at full size."""

    def __init__(
        self, inputs: int, outputs: int, filters: int, downs: int, blocks: int, own_blocks: int
    ) -> None:
        super().__init__()
        whole = GlobalGenerator(inputs, outputs, 2 * filters, downs, blocks)
        self.model = whole.model[:-3]
        self.model1_1 = nn.Sequential(*wide_layer(inputs, filters), *down_layer(filters))
        self.model1_2 = nn.Sequential(
            *(ResnetBlock(2 * filters) for _ in range(own_blocks)),
            *up_layer(2 * filters),
            *last_layer(filters, outputs),
        )
        self.downsample = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)

    def forward(self, x: Tensor) -> Tensor:  # (B, inputs, H, W) → (B, outputs, H, W)
        return self.model1_2(self.model1_1(x) + self.model(self.downsample(x)))


class PatchDiscriminator(nn.Module):
    """One scale's discriminator; returns the output of each of its layers."""

    def __init__(self, inputs: int, filters: int, layers: int) -> None:
        super().__init__()
        width = filters
        self.stages = nn.ModuleList(
            [nn.Sequential(nn.Conv2d(inputs, width, 4, stride=2, padding=2), nn.LeakyReLU(0.2))]
        )
        for k in range(1, layers + 1):
            wider, stride = min(filters * 2**k, 8 * filters), 2 if k < layers else 1
            convolution = nn.Conv2d(width, wider, 4, stride=stride, padding=2)
            stage = (convolution, nn.InstanceNorm2d(wider), nn.LeakyReLU(0.2))
            self.stages.append(nn.Sequential(*stage))
            width = wider
        self.stages.append(nn.Conv2d(width, 1, 4, stride=1, padding=2))

    def forward(self, x: Tensor) -> list[Tensor]:
        outputs = []
        for stage in self.stages:
            x = stage(x)
            outputs.append(x)
        return outputs


class MultiscaleDiscriminator(nn.Module):
    """Equal discriminators at full, half, quarter … size."""

    def __init__(self, inputs: int, filters: int, layers: int, scales: int) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(
            [PatchDiscriminator(inputs, filters, layers) for _ in range(scales)]
        )
        self.downsample = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)

    def forward(self, x: Tensor) -> list[list[Tensor]]:
        outputs = []
        for discriminator in self.discriminators:
            outputs.append(discriminator(x))
            x = self.downsample(x)
        return outputs


class Vgg19Loss(nn.Module):
    """L1 distance of VGG19's relu1_1, relu2_1 … relu5_1, weighed 1/32, 1/16, 1/8, 1/4, 1.

    Weights are random unless a state dict of torchvision's `features` is loaded: enough to compare
    steps and times.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = [64, 64, "M", 128, 128, "M", *[256] * 4, "M", *[512] * 4, "M", 512]
        layers: list[nn.Module] = []
        inputs = 3
        for width in widths:
            if isinstance(width, int):
                layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU()]
                inputs = width
            else:
                layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers).requires_grad_(False)

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:  # (B, 3, H, W) in [-1, 1]
        mean = torch.tensor([0.485, 0.456, 0.406], device=fake.device).view(1, 3, 1, 1)
        sd = torch.tensor([0.229, 0.224, 0.225], device=fake.device).view(1, 3, 1, 1)
        x, y = ((image + 1) / 2 for image in (fake, real))
        x, y = (x - mean) / sd, (y - mean) / sd
        total = torch.zeros((), device=fake.device)
        weights = {1: 1 / 32, 6: 1 / 16, 11: 1 / 8, 20: 1 / 4, 29: 1.0}
        for k, each in enumerate(self.features):
            x, y = each(x), each(y)
            if k in weights:
                total = total + weights[k] * (x - y.detach()).abs().mean()
        return total


def gan_loss(outputs: list[list[Tensor]], real: bool, mode: str) -> Tensor:
    """Return the sum over scales of squared distances to 1 or 0, or of cross-entropies."""
    total = torch.zeros(())
    for scale in outputs:
        logits = scale[-1]
        if mode == "lsgan":
            total = total + ((logits - (1.0 if real else 0.0)) ** 2).mean()
        else:
            chance = torch.sigmoid(logits)
            total = total - (chance if real else 1 - chance).log().mean()
    return total


def matching_loss(fake: list[list[Tensor]], real: list[list[Tensor]]) -> Tensor:
    """Return the weighted L1 distance of all layers but the last."""
    scales, layers = len(fake), len(fake[0]) - 2  # strided layers
    total = torch.zeros(())
    for i in range(scales):
        for j in range(layers + 1):
            distance = (fake[i][j] - real[i][j].detach()).abs().mean()
            total = total + 4 / (layers + 1) / scales * distance
    return total


def mean_of_each_region(features: Tensor, labels: Tensor, instances: Tensor) -> Tensor:
    """Return the features averaged over each code of each instance of each tile."""
    averaged = torch.zeros_like(features)
    for b in range(len(features)):
        for number in instances[b].unique():
            for code in labels[b][instances[b] == number].unique():
                region = (instances[b] == number) & (labels[b] == code)
                mean = (features[b] * region).sum((1, 2)) / region.sum()
                averaged[b] = averaged[b] + mean[:, None, None] * region
    return averaged


class TextbookPix2PixHD:
    """Networks, optimisers and one training step; defaults are the published recipe."""

    def __init__(
        self,
        inputs: int,  # channels of the condition: labels and borders
        outputs: int,
        *,
        generator: str = "global",
        generator_filters: int = 64,
        downsamplings: int = 4,
        blocks: int = 9,
        enhancer_blocks: int = 3,
        discriminator_scales: int = 2,
        discriminator_filters: int = 64,
        discriminator_layers: int = 3,
        gan_mode: str = "lsgan",
        lambda_features: float = 10,
        lambda_vgg: float = 10,
        vgg: Callable[[Tensor, Tensor], Tensor] | None = None,
        features: int = 0,  # of the encoder; 0: none
        encoder_filters: int = 16,
        learning_rate: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        device: str = "cpu",
    ) -> None:
        self.gan_mode, self.vgg = gan_mode, vgg
        self.lambda_features, self.lambda_vgg = lambda_features, lambda_vgg
        shape = (inputs + features, outputs)
        if generator == "global":
            depth = (generator_filters, downsamplings, blocks)
            self.generator: nn.Module = GlobalGenerator(*shape, *depth)
        else:
            depth = (generator_filters // 2, downsamplings, blocks)
            self.generator = LocalEnhancer(*shape, *depth, enhancer_blocks)
        self.discriminator = MultiscaleDiscriminator(
            inputs + outputs, discriminator_filters, discriminator_layers, discriminator_scales
        )
        self.networks = {"generator": self.generator, "discriminator": self.discriminator}
        if features:
            self.networks["encoder"] = GlobalGenerator(
                outputs, features, encoder_filters, downsamplings, 0
            )
        for network in self.networks.values():
            network.apply(normal_weights)
            network.to(device)
        self.optimisers = {
            name: torch.optim.Adam(network.parameters(), lr=learning_rate, betas=betas)
            for name, network in self.networks.items()
        }

    def step(
        self,
        x: Tensor,
        real: Tensor,
        labels: Tensor | None = None,
        instances: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Train generator and encoder once, then the discriminator, all by the same forward pass.

        `x` is the condition, (B, inputs, H, W), `real` what should be made of it, (B, outputs, H,
        W) in [-1, 1]; `labels` and `instances` (B, H, W) are needed with an encoder.
        """
        seen = x
        if "encoder" in self.networks:
            features = self.networks["encoder"](real)
            seen = torch.cat([x, mean_of_each_region(features, labels, instances)], 1)
        fake = self.generator(seen)

        on_fake = self.discriminator(torch.cat([x, fake.detach()], 1))
        d_fake = gan_loss(on_fake, False, self.gan_mode)
        on_real = self.discriminator(torch.cat([x, real], 1))
        d_real = gan_loss(on_real, True, self.gan_mode)
        on_own = self.discriminator(torch.cat([x, fake], 1))
        losses = {"g_gan": gan_loss(on_own, True, self.gan_mode)}
        losses["g_features"] = matching_loss(on_own, on_real)
        g_loss = losses["g_gan"] + self.lambda_features * losses["g_features"]
        if self.vgg is not None:
            losses["g_vgg"] = self.vgg(fake, real)
            g_loss = g_loss + self.lambda_vgg * losses["g_vgg"]

        learners = [name for name in self.networks if name != "discriminator"]
        for name in learners:
            self.optimisers[name].zero_grad()
        g_loss.backward()
        for name in learners:
            self.optimisers[name].step()

        self.optimisers["discriminator"].zero_grad()
        ((d_fake + d_real) * 0.5).backward()
        self.optimisers["discriminator"].step()
        losses |= {"d_real": d_real, "d_fake": d_fake}
        return {name: loss.detach() for name, loss in losses.items()}
