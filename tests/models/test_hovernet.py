"""HoVer-Net's targets, losses, phases and windows."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch.nn import functional as F

from cytoforge.compute.steps import Batch
from cytoforge.config.training import config_class
from cytoforge.models.hovernet.config import HoVerNetConfig
from cytoforge.models.hovernet.losses import dice, entropy, gradient_error, hover_losses, slopes
from cytoforge.models.hovernet.targets import hover_maps
from cytoforge.models.hovernet.windows import MOST_PX, chosen_side, over_windows
from cytoforge.models.model import ModelSetup
from cytoforge.models.registry import build_model
from cytoforge.networks.flips import turned, turned_back
from cytoforge.networks.hovernet import HoVerNet
from cytoforge.training.schedule import learning_rate

SMALL = {"width": 8, "blocks": (1, 1, 1, 1), "dense": (1, 1), "batch_size": 2}


def test_distances_run_from_minus_one_to_one_in_every_nucleus():
    labels = np.zeros((9, 12), int)
    labels[1:8, 2:8] = 7  # columns 2 to 7, whose mean, 4.5, rounds to 5; rows 1 to 7 around 4
    nuclei, (x, y) = hover_maps(labels)
    assert np.array_equal(nuclei, labels > 0)
    np.testing.assert_allclose(x[3], [0, 0, -1, -2 / 3, -1 / 3, 0, 1 / 2, 1, 0, 0, 0, 0])
    np.testing.assert_allclose(y[:, 3], [0, -1, -2 / 3, -1 / 3, 0, 1 / 3, 2 / 3, 1, 0])


def test_a_nucleus_at_the_border_has_distances_too():
    labels = np.zeros((20, 20), int)
    labels[:6, 13:] = 1
    _, (x, y) = hover_maps(labels)
    assert (x[2, 13], x[2, 19]) == (-1, 1)
    assert (y[0, 15], y[5, 15]) == (-1, 1)


def test_distances_in_the_middle_are_those_of_the_whole_nucleus():
    labels = np.zeros((24, 24), int)
    labels[8:16, 0:14] = 1  # the output begins at column 6
    nuclei, (x, _) = hover_maps(labels, border_px=12)
    assert nuclei.shape == x.shape == (12, 12)
    whole = hover_maps(labels)[1][0]
    assert np.array_equal(x, whole[6:18, 6:18])
    assert x[4, 0] != -1


def test_a_sliver_in_the_middle_has_none():
    labels = np.zeros((24, 24), int)
    labels[8:16, 0:9] = 1  # 3 columns × 8 rows are in the output
    nuclei, distances = hover_maps(labels, border_px=12)
    assert nuclei.sum() == 24
    assert not distances.any()


def test_a_label_in_two_pieces_is_two_nuclei():
    labels = np.zeros((10, 20), int)
    labels[2:8, 2:8] = labels[2:8, 12:18] = 3
    _, (x, _) = hover_maps(labels)
    assert np.array_equal(x[:, 2:8], x[:, 12:18])
    assert (x[3, 2], x[3, 7]) == (-1, 1)


def test_the_distance_along_x_is_differentiated_along_x():
    ramp = torch.arange(9.0).expand(9, 9)  # grows with the column
    found = slopes(torch.stack([ramp, ramp])[None])[0]
    inner = found[:, 3:6, 3:6]
    assert bool((inner[0] > 1).all())
    assert float(inner[1].abs().max()) == pytest.approx(0, abs=1e-5)


def test_gradients_count_in_nuclei_alone():
    wanted, focus = torch.zeros(1, 2, 12, 12), torch.zeros(1, 1, 12, 12)
    focus[..., :6] = 1
    outside, inside = wanted.clone(), wanted.clone()
    outside[..., 9] = 1
    inside[:, 0, :, 2] = 1
    assert float(gradient_error(outside, wanted, focus)) == 0
    by_hand = ((slopes(inside) - slopes(wanted)) ** 2 * focus).sum() / (2 * 72)
    assert float(gradient_error(inside, wanted, focus)) == pytest.approx(float(by_hand))


def test_entropy_and_dice_are_the_published_ones():
    random = torch.Generator().manual_seed(1)
    scores = torch.randn(2, 3, 4, 4, generator=random)
    true = torch.randint(0, 3, (2, 4, 4), generator=random)
    wanted = F.one_hot(true, 3).movedim(-1, 1)
    known = torch.ones(2, 1, 4, 4)
    p = scores.softmax(1)
    assert float(entropy(p, wanted, known)) == pytest.approx(
        float(F.cross_entropy(scores, true)), rel=1e-5
    )
    by_hand = 0.0
    for k in range(3):
        both = float((p[:, k] * wanted[:, k]).sum())
        sizes = float(p[:, k].sum()) + float(wanted[:, k].sum())
        by_hand += 1 - (2 * both + 1e-3) / (sizes + 1e-3)
    assert float(dice(p, wanted)) == pytest.approx(by_hand, rel=1e-5)


def test_what_nobody_has_labelled_weighs_nothing():
    random = torch.Generator().manual_seed(1)
    scores = {name: torch.randn(1, 2, 8, 8, generator=random) for name in ("np", "hv")}
    truth = {"np": torch.zeros(1, 8, 8, dtype=torch.int64), "hv": torch.zeros(1, 2, 8, 8)}
    truth["np"][:, :, :4] = 1
    known = torch.ones(1, 1, 8, 8)
    known[..., 7] = 0
    other = {name: part.clone() for name, part in scores.items()}
    for part in other.values():
        part[..., 7] += 5
    one, two = (hover_losses(given, truth, known) for given in (scores, other))
    assert all(torch.equal(one[name], two[name]) for name in one)


def model(**settings):
    config = config_class("hovernet")(**{**SMALL, **settings})
    device = torch.device("cpu")
    setup = ModelSetup(config, 3, 3, seed=1, device=device, total_steps=4)
    return build_model("hovernet", setup)


def planes() -> dict[str, torch.Tensor]:
    instances = torch.zeros(2, 64, 64, dtype=torch.int32)
    instances[:, 10:30, 10:28], instances[:, 30:50, 10:28] = 1, 2
    labels = (instances.clamp(0, 2)).to(torch.uint8)
    images = (instances[:, None] > 0).float().repeat(1, 3, 1, 1) * 2 - 1
    return {"images": images, "instances": instances, "labels": labels}


def test_types_are_cut_as_instances_are():
    drawn = model(types=True, crop_px=64, other_labs=False).draw(Batch(planes()))
    assert drawn["types"].shape == drawn["nuclei"].shape
    assert torch.equal(drawn["types"] > 0, drawn["nuclei"] == 1)
    assert set(drawn["types"].unique().tolist()) == {0, 1, 2}


def test_a_step_tells_every_loss_and_their_sum():
    torch.manual_seed(1)
    losses = model(types=True, crop_px=48, other_labs=False).step(Batch(planes()), 0)
    assert list(losses) == [
        "loss", "np_entropy", "np_dice", "hv_error", "hv_gradient", "tp_entropy", "tp_dice",
    ]  # fmt: skip
    parts = [float(value) for name, value in losses.items() if name != "loss"]
    assert float(losses["loss"]) == pytest.approx(sum(parts), rel=1e-5)


def test_the_encoder_is_frozen_in_the_first_phase(tmp_path):
    trained = model(crop_px=48, other_labs=False)
    trained.frozen_steps = 1
    drawn = trained.draw(Batch(planes()))
    deep = trained.network.d2.units[0].conv1.weight
    head = trained.network.decoder["np"].u0.conv.weight
    before = deep.detach().clone(), head.detach().clone()
    trained.update(drawn, 0)
    assert torch.equal(deep, before[0]) and not torch.equal(head, before[1])
    trained.update(drawn, 1)
    assert not torch.equal(deep, before[0])


def test_the_learning_rate_begins_again_with_the_second_phase():
    settings = {"schedule": "step", "learning_rate": 1.0, "frozen_fraction": 0.5, **SMALL}
    begun = config_class("hovernet")(initial="a/folder", **settings)
    rates = [learning_rate(begun, step, 100) for step in (0, 24, 25, 49, 50, 75)]
    assert rates == pytest.approx([1, 1, 0.1, 0.1, 1, 0.1])
    random = config_class("hovernet")(**settings)  # nothing to freeze
    assert learning_rate(random, 50, 100) == pytest.approx(0.01)


def test_maps_of_true_nuclei_become_these_nuclei_again():
    sampler = model().sampler
    made = sampler.target(planes()) * 0.5 + 0.5
    found, known = sampler.compared(made, planes())
    assert torch.equal(found > 0, known > 0)
    assert len(found[0].unique()) == 3


@pytest.mark.parametrize(("mode", "crop", "output"), [("fast", 256, 164), ("original", 270, 80)])
def test_crops_are_those_that_the_network_takes(mode, crop, output):
    config = config_class("hovernet")(mode=mode, crop_px=crop)
    assert (config.crop_of(512), config.border_px) == (crop, crop - output)
    assert config.crop_of(240) == {"fast": 240, "original": 238}[mode]  # no more than there is


def test_windows_see_the_mirrored_field():
    network = model().network
    side, half = 40, network.border_px // 2
    field = torch.rand(1, 3, 30, 21)

    def middle(windows: torch.Tensor) -> torch.Tensor:
        return windows[..., half:-half, half:-half]

    assert torch.equal(over_windows(field, network, middle, side), field)
    mirrored: list[torch.Tensor] = []

    def first(windows: torch.Tensor) -> torch.Tensor:
        mirrored.append(windows)
        return middle(windows)

    over_windows(field, network, first, side)
    padded = np.pad(field[0].numpy(), ((0, 0), (half, 40), (half, 40)), mode="reflect")
    assert np.array_equal(mirrored[0][0].numpy(), padded[:, :side, :side])


def test_maps_of_a_turned_field_are_turned_where_eight_flips_are_averaged():
    sampler = model(types=True).sampler.eval()
    sampler.window_px = 40  # all of a field of 16 px, in its middle
    field = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        once, mean = sampler.maps(field), sampler.maps(field, 8)
        for number in range(8):
            found = turned_back(sampler.maps(turned(field, number), 8), number, arrows=1)
            torch.testing.assert_close(found[:, :3], mean[:, :3], rtol=1e-4, atol=1e-5)
    assert not torch.allclose(once[:, :3], mean[:, :3], atol=1e-3)


@pytest.mark.parametrize(("asked", "found"), [(0.5, 1), (0.6, 0)])
def test_pixels_less_probable_than_the_config_asks_belong_to_no_nucleus(asked, found):
    sampler = model(nucleus_probability=asked).sampler
    nuclei, distances = hover_maps(np.pad(np.ones((10, 10), int), 10))
    probability = torch.from_numpy(0.55 * nuclei.astype(np.float32))
    maps = torch.cat([probability[None], torch.from_numpy(distances)]).float()[None]
    labels, _ = sampler.compared(maps, {"images": maps, "instances": maps[:, 0].int()})
    assert len(labels.unique()) - 1 == found
    assert sampler.decoding_numbers["nucleus"] == asked


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"window_px": 100}, "must be 112"),
        ({"window_px": 250}, "must be 256"),
        ({"window_px": 256, "mode": "original"}, "must be 262"),
    ],
)
def test_a_window_that_does_not_fit_is_refused_with_the_nearest(settings: dict, said: str):
    with pytest.raises(ValidationError, match=said):
        HoVerNetConfig(**settings)


def test_units_that_take_more_than_a_window_have_a_larger_one():
    config = HoVerNetConfig(width=8, dense=(64, 1))
    with torch.device("meta"):
        network = HoVerNet(3, 0, "fast", 8, (1, 1, 1, 1), config.dense)
    assert chosen_side(100, network) > network.border_px > MOST_PX
