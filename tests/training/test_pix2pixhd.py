"""One step against the textbook, the phases of the enhancer, the feature encoder."""

import copy
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.textbook.pix2pix import copy_weights
from benchmarks.textbook.pix2pixhd import TextbookPix2PixHD
from cytoforge.config.pix2pixhd import Pix2PixHDConfig
from cytoforge.networks.condition import instance_edges
from cytoforge.training.coarse_to_fine import Phase, at_half_size, phase_at
from cytoforge.training.feature_matching import feature_matching_loss
from cytoforge.training.interrupt import TrainingInterrupted
from cytoforge.training.model import Batch, ModelSetup
from cytoforge.training.pix2pixhd import Pix2PixHD
from cytoforge.training.run import Judges, train

CPU = torch.device("cpu")
N_CODES = 3
SHAPE = {  # of the smallest networks, in both forms
    "generator_filters": 8,
    "downsamplings": 2,
    "blocks": 2,
    "discriminator_filters": 4,
    "discriminator_layers": 2,
    "encoder_filters": 4,
}


def config(**overrules: object) -> Pix2PixHDConfig:
    values = {**SHAPE, "enhancer_blocks": 1, "batch_size": 2, "select_by": "last"}
    return Pix2PixHDConfig(**{**values, **overrules})


def model(settings: Pix2PixHDConfig, channels: int = 2, **setup: object) -> Pix2PixHD:
    return Pix2PixHD(ModelSetup(settings, N_CODES, channels, seed=5, device=CPU, **setup))


def batch(channels: int = 2, side: int = 32) -> Batch:
    random = torch.Generator().manual_seed(3)

    def blocks(values: int, size: int) -> Tensor:
        found = torch.randint(0, values, (2, side // size, side // size), generator=random)
        return found.repeat_interleave(size, 1).repeat_interleave(size, 2)

    real = torch.rand(2, channels, side, side, generator=random) * 2 - 1
    return Batch(blocks(N_CODES, 4).byte(), blocks(4, 8).int(), real)


def condition(tiles: Batch) -> Tensor:
    codes = F.one_hot(tiles.labels.long(), N_CODES).permute(0, 3, 1, 2).float()
    return torch.cat([codes, instance_edges(tiles.instances)], 1)


def squared(fake: Tensor, real: Tensor) -> Tensor:
    """Stand in for the VGG loss, which has a test of its own."""
    return (fake - real).square().mean()


def textbook(settings: Pix2PixHDConfig, generator: str, vgg: Callable | None) -> TextbookPix2PixHD:
    return TextbookPix2PixHD(
        N_CODES + 1,
        2,
        **SHAPE,
        generator=generator,
        enhancer_blocks=1,
        gan_mode=settings.gan_mode,
        features=settings.feature_channels if settings.feature_encoder else 0,
        vgg=vgg,
    )


def same_gradients(ours: nn.Module, book: nn.Module, rate: float = 2e-4) -> None:
    """Compare gradients, and weights after Adam's first step."""
    largest = max(float(weight.grad.abs().max()) for weight in book.parameters())
    for mine, theirs in zip(ours.parameters(), book.parameters(), strict=True):
        scale = float(theirs.grad.abs().max())
        if scale < 1e-5 * largest:  # a bias before instance norm: nothing but rounding errors
            assert mine.grad.abs().max() < 1e-5 * largest
            continue
        # Where large terms cancel, their rounding errors remain.
        atol = max(1e-5 * scale, 3e-6 * largest)
        torch.testing.assert_close(mine.grad, theirs.grad, atol=atol, rtol=1e-5)
        clear = theirs.grad.abs() > 1e-4 * scale  # Adam's first step is a sign: noise elsewhere
        torch.testing.assert_close(mine[clear], theirs[clear], atol=1e-3 * rate, rtol=1e-5)


@pytest.mark.parametrize("encoder", [False, True])
@pytest.mark.parametrize("generator", ["global", "local"])
@pytest.mark.parametrize("gan_mode", ["lsgan", "vanilla"])
def test_a_step_is_the_textbooks(generator, encoder, gan_mode):
    settings = config(
        generator=generator,
        feature_encoder=encoder,
        gan_mode=gan_mode,
        coarse_share=0,
        enhancer_only_share=0,
    )
    ours = model(settings, feature_loss=squared)
    book = textbook(settings, generator, squared)
    for name, network in ours.networks.items():
        copy_weights(network, book.networks[name])
    tiles = batch()
    losses = ours.step(tiles, 0)
    expected = book.step(condition(tiles), tiles.real, tiles.labels, tiles.instances)
    for name, loss in expected.items():
        torch.testing.assert_close(losses[name], loss, atol=1e-6, rtol=1e-5)
    for name, network in ours.networks.items():
        same_gradients(network, book.networks[name])


def test_parts_of_a_batch_are_the_whole_batch():
    whole, parts = (model(config(feature_encoder=True), parts=k) for k in (1, 2))
    for trained in (whole, parts):
        trained.step(batch(), 0)
    for name, network in whole.networks.items():
        same_gradients(parts.networks[name], network)


def test_the_global_generator_learns_alone_at_half_size_as_the_textbooks_does():
    ours = model(config(generator="local"), total_steps=10)
    book = textbook(config(), "global", None)
    coarse = nn.Sequential(
        ours.networks["generator"].coarse, ours.networks["generator"].coarse_head
    )
    copy_weights(coarse, book.generator)
    copy_weights(ours.networks["discriminator"], book.discriminator)
    tiles = batch()
    small = Batch(
        tiles.labels[:, ::2, ::2],
        tiles.instances[:, ::2, ::2],
        F.interpolate(tiles.real, scale_factor=0.5, mode="area"),
    )
    ours.step(tiles, 0)
    book.step(condition(small), small.real)
    same_gradients(coarse, book.generator)
    same_gradients(ours.networks["discriminator"], book.discriminator)


def test_then_the_enhancer_learns_around_it():
    settings = config(generator="local", enhancer_only_share=0.2)
    ours = model(settings, total_steps=10)
    generator = ours.networks["generator"]
    before = copy.deepcopy(generator.state_dict())
    ours.step(batch(), 5)
    changed = {
        name.split(".")[0]
        for name, weight in generator.state_dict().items()
        if not torch.equal(weight, before[name])
    }
    assert changed == {"full_size", "refine", "head"}
    before = copy.deepcopy(generator.state_dict())
    ours.step(batch(), 7)
    after = generator.state_dict()
    still = [name for name in after if torch.equal(after[name], before[name])]
    assert still == [name for name in after if name.startswith("coarse_head")]


@pytest.mark.parametrize(
    ("generator", "total", "expected"),
    [("local", 20, "C" * 10 + "E" * 2 + "A" * 8), ("local", 1, "A"), ("global", 3, "AAA")],
)
def test_phases_are_shares_of_the_steps(generator, total, expected):
    settings = config(generator=generator, coarse_share=0.5, enhancer_only_share=0.1)
    assert "".join(phase_at(settings, step, total).name[0] for step in range(total)) == expected


def test_phases_need_steps_and_leave_some():
    with pytest.raises(ValueError, match="nothing is left"):
        config(generator="local", coarse_share=0.9, enhancer_only_share=0.1)
    with pytest.raises(ValueError, match="counted in steps"):
        config(generator="local", minutes=1)
    config(generator="local", minutes=1, coarse_share=0, enhancer_only_share=0)


def test_the_enhancer_is_in_the_checkpoint_that_is_kept():
    with pytest.raises(ValueError, match="could be one in which the enhancer"):
        config(generator="local", select_by="lpips")
    config(generator="local", select_by="lpips", coarse_share=0)
    config(generator="global", select_by="lpips")


def test_a_stopped_training_goes_on_in_its_phase_to_the_same_bytes(tiny_data, tmp_path):
    settings = config(
        generator="local",
        feature_encoder=True,
        steps=8,
        coarse_share=0.5,
        enhancer_only_share=0.25,
        validate_every=2,
        ema_decay=0.5,
    )
    data = tiny_data(side=32)

    def run(folder: Path, stops_at: int | None = None) -> list[bytes]:
        def distance(fake: Tensor, real: Tensor) -> float:
            calls.append(1)
            if len(calls) == stops_at:
                os.kill(os.getpid(), signal.SIGUSR1)
            return float((fake - real).abs().mean())

        calls: list[int] = []
        train(
            data, settings, "pix2pixhd", folder, tmp_path / "state", seed=1, threads=1,
            judges=Judges(distance), device="cpu",
        )  # fmt: skip
        names = ("generator.safetensors", "model.json", "history.csv", "samples.png")
        return [(folder / name).read_bytes() for name in names]

    whole = run(tmp_path / "whole")
    for stops_at in (1, 1, 1):  # after steps 2, 4 and 6: in every phase
        with pytest.raises(TrainingInterrupted):
            run(tmp_path / "parts", stops_at)
    assert run(tmp_path / "parts") == whole


def test_half_size_keeps_codes_and_averages_images():
    tiles = Batch(
        torch.tensor([[[1, 2], [3, 4]]]).byte(),
        torch.tensor([[[7, 8], [9, 9]]]).int(),
        torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]]]),
    )
    half = at_half_size(tiles)
    assert (half.labels.item(), half.instances.item(), half.real.item()) == (1, 7, 0.5)


def test_while_coarse_the_image_is_g1s_doubled():
    trained = model(config(generator="local"), total_steps=10)
    tiles = batch()
    trained.step(tiles, 0)
    generator = trained.networks["generator"].eval()
    with torch.no_grad():
        image = trained.generate(generator, tiles.labels, tiles.instances, [0, 1])
        generator.coarse_only = True
        small = generator(condition(at_half_size(tiles)))
    assert trained.phase is Phase.COARSE
    torch.testing.assert_close(
        image, F.interpolate(small, scale_factor=2, mode="bilinear"), atol=1e-6, rtol=1e-5
    )


def test_feature_matching_by_hand():
    # Two scales of two layers and logits. Scale 1: layers differ by 1 and 3, scale 2 by 2 and 0.
    def scales(*values: tuple[float, float, float]) -> list[list[Tensor]]:
        return [[torch.full((1, 1, 2, 2), value) for value in scale] for scale in values]

    fake, real = scales((1, 3, 9), (2, 0, 9)), scales((0, 0, 0), (0, 0, 0))
    # (4 / 2) × (1 / 2) a layer: the mean of 4 × 2 and 4 × 1.
    assert feature_matching_loss(fake, real).item() == 4 * (1 + 3) / 2 / 2 + 4 * (2 + 0) / 2 / 2


def test_losses_are_named_and_detached():
    losses = model(config(), feature_loss=squared).step(batch(), 0)
    assert list(losses) == ["g_gan", "g_features", "g_vgg", "g_l1", "d_real", "d_fake"]
    assert not any(loss.requires_grad for loss in losses.values())


@pytest.mark.parametrize(
    ("settings", "feature_loss", "absent"),
    [
        ({}, None, {"g_vgg"}),
        ({"lambda_vgg": 0}, squared, {"g_vgg"}),
        ({"lambda_features": 0}, squared, {"g_features"}),
    ],
)
def test_losses_can_be_left_out(settings, feature_loss, absent):
    losses = model(config(**settings), feature_loss=feature_loss).step(batch(), 0)
    assert {"g_gan", "g_features", "g_vgg", "g_l1", "d_real", "d_fake"} - set(losses) == absent


def test_batch_norm_never_mixes_real_and_fake():
    trained = model(config(norm="batch"))
    tiles = batch()
    fake = torch.zeros_like(tiles.real)
    seen = condition(tiles)
    both = trained._judge_both(seen, tiles.real, fake)
    alone = trained.networks["discriminator"](torch.cat([seen, tiles.real], 1))
    torch.testing.assert_close(both[0], alone)


@pytest.mark.parametrize("generator", ["global", "local"])
def test_it_learns_a_picture_of_its_labels(generator):
    settings = config(learning_rate=2e-3, generator=generator, blocks=1)
    trained = model(settings, channels=1, total_steps=60)
    labels = batch().labels
    tiles = Batch(labels, labels.int(), labels[:, None] / 2.0 - 0.5)
    losses = [float(trained.step(tiles, step)["g_l1"]) for step in range(60)]
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_channels_last_and_bf16_change_only_rounding(norm):
    expected = model(config(norm=norm, feature_encoder=True)).step(batch(), 0)
    settings = config(norm=norm, feature_encoder=True, channels_last=True)
    losses = model(settings, precision="bf16").step(batch(), 0)
    for name, loss in expected.items():
        assert abs(float(losses[name]) - float(loss)) < 0.02


def test_the_discriminators_do_not_see_the_features():
    trained = model(config(feature_encoder=True))
    assert trained.spec.channels == N_CODES + 1 + 3
    assert trained.networks["discriminator"].scales[0].layers[0][0].in_channels == N_CODES + 1 + 2


def test_without_instances_the_label_map_is_all():
    trained = model(config(instance_edges=False))
    assert trained.spec.channels == N_CODES
    assert not config(instance_edges=False).uses_instances
    trained.step(batch(), 0)


def test_features_change_what_is_made():
    trained = model(config(feature_encoder=True, learning_rate=1e-3))
    tiles = batch()
    trained.step(tiles, 0)
    generator = trained.networks["generator"]
    with torch.no_grad():
        first = trained.generate(generator, tiles.labels, tiles.instances, [0, 1])
        trained.looks.sums[1, :-1] += trained.looks.sums[1, -1]  # code 1: mean features + 1
        second = trained.generate(generator, tiles.labels, tiles.instances, [0, 1])
    assert (first - second).abs().max() > 1e-3


def test_clusters_are_looks_of_real_regions():
    trained = model(config(feature_encoder=True, feature_clusters=4))
    tiles = batch()
    trained.step(tiles, 0)
    found = [trained.finish(tiles.labels, tiles.instances, tiles.real) for _ in range(2)]
    assert found[0] == found[1]
    clusters = found[0]["feature_clusters"]
    assert set(clusters) == {"0", "1", "2"}
    assert all(len(centres) <= 4 for centres in clusters.values())
    assert all(len(centre) == 3 for centres in clusters.values() for centre in centres)
    assert all(abs(v) <= 1 for centres in clusters.values() for c in centres for v in c)
    assert model(config()).finish(tiles.labels, tiles.instances, tiles.real) == {}


def test_mean_looks_are_kept_for_resuming():
    settings = config(feature_encoder=True)
    first, second = model(settings), model(settings)
    first.step(batch(), 0)
    second.load_extra_state(copy.deepcopy(first.extra_state()))
    labels = batch().labels
    assert torch.equal(first.looks.typical(labels), second.looks.typical(labels))
    assert first.looks.typical(labels).abs().max() > 0
