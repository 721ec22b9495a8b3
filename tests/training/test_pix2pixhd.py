"""One step against the textbook, the losses, the feature encoder."""

import copy

import pytest
import torch
from torch import Tensor, nn

from benchmarks.textbook.pix2pix import copy_weights
from cytoforge.compute.steps import Batch
from cytoforge.models.pix2pixhd.coarse_to_fine import Phase
from cytoforge.models.pix2pixhd.config import Pix2PixHDConfig
from cytoforge.models.pix2pixhd.feature_matching import feature_matching_loss
from cytoforge.models.pix2pixhd.model import random_window
from tests.training.small_pix2pix import close_gradients
from tests.training.small_pix2pixhd import (
    N_CODES,
    batch,
    condition,
    config,
    model,
    same_gradients,
    squared,
    textbook,
)


@pytest.mark.parametrize("encoder", [False, True])
@pytest.mark.parametrize("generator", ["global", "local"])
@pytest.mark.parametrize("gan_mode", ["lsgan", "vanilla"])
def test_a_step_is_the_textbooks(generator, encoder, gan_mode):
    settings = without_phases(generator=generator, feature_encoder=encoder, gan_mode=gan_mode)
    for ours, book in both_after_a_step(settings):
        same_gradients(ours, book)


@pytest.mark.parametrize("encoder", [False, True])
@pytest.mark.parametrize("generator", ["global", "local"])
def test_a_step_without_norms_is_the_textbooks(generator, encoder):
    # No norm magnifies rounding: each weight's gradient is right by its own size. (vanilla's last
    # bias is not: its terms, a quarter each, cancel but for 1e-5.)
    settings = without_phases(generator=generator, feature_encoder=encoder, norm="none")
    for ours, book in both_after_a_step(settings):
        close_gradients(ours, book, 1e-5)  # 1.6e-6 was measured
        same_gradients(ours, book)


def without_phases(**overrules: object) -> Pix2PixHDConfig:
    """A config without phases, which the textbook does not have."""
    return config(coarse_fraction=0, enhancer_only_fraction=0, **overrules)


def both_after_a_step(settings: Pix2PixHDConfig) -> list[tuple[nn.Module, nn.Module]]:
    """Compare a step's losses; return our networks and the textbook's with their gradients."""
    ours = model(settings, feature_loss=squared)
    book = textbook(settings, settings.generator, squared)
    for name, network in ours.networks.items():
        copy_weights(network, book.networks[name])
    tiles = batch()
    losses = ours.step(tiles, 0)
    expected = book.step(condition(tiles), tiles["images"], tiles["labels"], tiles["instances"])
    for name, loss in expected.items():
        torch.testing.assert_close(losses[name], loss, atol=1e-6, rtol=1e-5)
    return [(network, book.networks[name]) for name, network in ours.networks.items()]


def test_micro_batches_are_the_whole_batch():
    whole, divided = (model(config(feature_encoder=True), micro_batches=k) for k in (1, 2))
    for trained in (whole, divided):
        trained.step(batch(), 0)
    for name, network in whole.networks.items():
        same_gradients(divided.networks[name], network)


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


def test_the_gradient_difference_is_a_loss_where_it_has_a_weight():
    losses = model(config(lambda_gradient=20.0), feature_loss=squared).step(batch(), 0)
    assert losses["g_gradient"] > 0


def test_the_vgg_loss_can_look_at_a_window():
    seen = []

    def shapes(fake: Tensor, real: Tensor) -> Tensor:
        seen.append((tuple(fake.shape), tuple(real.shape)))
        return squared(fake, real)

    trained = model(config(vgg_crop_px=32), feature_loss=shapes)
    trained.step(batch(side=64), 0)
    trained.step(batch(side=32), 1)  # no larger than the window: all of it
    assert seen == [((2, 2, 32, 32), (2, 2, 32, 32))] * 2


def test_windows_lie_anywhere_inside():
    images = torch.arange(8 * 12).reshape(1, 1, 8, 12)
    torch.manual_seed(0)
    corners = {int(images[random_window(images, 6)][0, 0, 0, 0]) for _ in range(300)}
    assert corners == {12 * top + left for top in range(3) for left in range(7)}


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        ({}, {Phase.ALL}),
        ({"feature_encoder": True}, {None}),  # as many regions as there are
        ({"vgg_crop_px": 32}, {None}),  # another window
    ],
)
def test_only_steps_of_the_same_work_have_one_graph_key(settings, keys):
    trained = model(config(**settings), feature_loss=squared)
    assert {trained.graph_key(step) for step in range(10)} == keys


def test_batch_norm_never_mixes_real_and_fake():
    trained = model(config(norm="batch"))
    tiles = batch()
    fake = torch.zeros_like(tiles["images"])
    seen = condition(tiles)
    both = trained._logits_of_both(seen, tiles["images"], fake)
    alone = trained.networks["discriminator"](torch.cat([seen, tiles["images"]], 1))
    torch.testing.assert_close(both[0], alone)


@pytest.mark.parametrize("generator", ["global", "local"])
def test_it_learns_a_picture_of_its_labels(generator):
    settings = config(learning_rate=2e-3, generator=generator, blocks=1)
    trained = model(settings, channels=1, total_steps=60)
    labels = batch()["labels"]
    maps = {"labels": labels, "instances": labels.int()}
    tiles = Batch({**maps, "images": labels[:, None] / 2.0 - 0.5})
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
    assert trained.sampler.in_channels == N_CODES + 1 + 3
    assert trained.networks["discriminator"].scales[0].layers[0][0].in_channels == N_CODES + 1 + 2


def test_without_instances_the_label_map_is_all():
    trained = model(config(instance_edges=False))
    assert trained.sampler.in_channels == N_CODES
    assert "instances" not in config(instance_edges=False).needs
    trained.step(batch(), 0)


def test_features_change_what_is_made():
    trained = model(config(feature_encoder=True, learning_rate=1e-3))
    tiles = batch()
    trained.step(tiles, 0)
    with torch.no_grad():
        first = trained.sample(trained.sampler, tiles.planes, [0, 1])
        trained.appearance.sums[1, :-1] += trained.appearance.sums[1, -1]  # code 1: mean + 1
        second = trained.sample(trained.sampler, tiles.planes, [0, 1])
    assert (first - second).abs().max() > 1e-3


def test_clusters_are_features_of_real_regions():
    trained = model(config(feature_encoder=True, feature_clusters=4))
    tiles = batch()
    trained.step(tiles, 0)
    found = [trained.finish(tiles.planes) for _ in range(2)]
    assert found[0] == found[1]
    clusters = found[0]["feature_clusters"]
    assert set(clusters) == {"0", "1", "2"}
    assert all(len(centres) <= 4 for centres in clusters.values())
    assert all(len(centre) == 3 for centres in clusters.values() for centre in centres)
    assert all(abs(v) <= 1 for centres in clusters.values() for c in centres for v in c)
    assert model(config()).finish(tiles.planes) == {}


def test_mean_features_are_kept_for_resuming():
    settings = config(feature_encoder=True)
    first, second = model(settings), model(settings)
    first.step(batch(), 0)
    second.load_extra_state(copy.deepcopy(first.extra_state()))
    labels = batch()["labels"]
    assert torch.equal(first.appearance.typical(labels), second.appearance.typical(labels))
    assert first.appearance.typical(labels).abs().max() > 0
