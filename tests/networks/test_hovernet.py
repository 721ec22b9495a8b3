"""HoVer-Net is the public one: its size, its names, its layout."""

import pytest
import torch
from torch.nn import functional as F

from cytoforge.networks.hovernet import DenseBlock, HoVerNet, ResidualBlock, SamePadding

SMALL = {"width": 8, "blocks": (1, 1, 2, 1), "dense": (1, 1)}


@pytest.mark.parametrize(
    ("mode", "n_types", "count"),
    [
        ("fast", 0, 33_625_412),
        ("fast", 6, 37_639_626),
        ("original", 0, 45_028_676),
        ("original", 6, 54_744_522),
    ],
)
def test_it_has_the_published_size(mode, n_types, count):
    with torch.device("meta"):
        network = HoVerNet(3, n_types, mode)
    assert sum(weight.numel() for weight in network.parameters()) == count


@pytest.mark.parametrize(("mode", "side", "output"), [("fast", 256, 164), ("original", 270, 80)])
def test_it_gives_the_middle_of_what_it_sees(mode, side, output):
    with torch.device("meta"):
        network = HoVerNet(3, 6, mode)
        scores = network(torch.zeros(1, 3, side, side))
    assert side - network.border_px == output
    assert {name: tuple(part.shape) for name, part in scores.items()} == {
        "tp": (1, 6, output, output),
        "np": (1, 2, output, output),
        "hv": (1, 2, output, output),
    }


def test_weights_have_the_public_names():
    with torch.device("meta"):
        state = HoVerNet(3, 6, "fast").state_dict()
    shapes = {
        "conv0./.weight": (64, 3, 7, 7),
        "d0.units.1.preact/bn.weight": (256,),
        "d1.shortcut.weight": (512, 256, 1, 1),
        "d2.units.5.conv2/bn.running_var": (256,),
        "d3.blk_bna.bn.bias": (2048,),
        "conv_bot.weight": (1024, 2048, 1, 1),
        "decoder.tp.u3.dense.units.7.conv1.weight": (128, 480, 1, 1),
        "decoder.np.u2.convf.weight": (256, 256, 1, 1),
        "decoder.hv.u1.conva.weight": (64, 256, 3, 3),
        "decoder.tp.u0.conv.weight": (6, 64, 1, 1),
        "upsample2x.unpool_mat": (2, 2),
    }
    assert {name: tuple(state[name].shape) for name in shapes} == shapes
    assert len(state) == 798
    assert "d0.units.0.preact/bn.weight" not in state


def test_padding_has_its_odd_pixel_below_and_to_the_right():
    even, odd = torch.ones(1, 1, 4, 4), torch.ones(1, 1, 5, 5)
    assert SamePadding(3, stride=2)(even)[0, 0, 0].tolist() == [1, 1, 1, 1, 0]
    assert SamePadding(3, stride=2)(odd)[0, 0, 1].tolist() == [0, 1, 1, 1, 1, 1, 0]
    assert SamePadding(7)(even).shape == (1, 1, 10, 10)


def test_a_residual_block_adds_what_each_unit_finds():
    torch.manual_seed(0)
    block = ResidualBlock(4, 2, 2, stride=2).eval()
    x = torch.randn(1, 4, 6, 6)
    first, second = block.units

    def rest(unit: torch.nn.Module, y: torch.Tensor) -> torch.Tensor:
        y = F.relu(unit.get_submodule("conv1/bn")(unit.conv1(y)))
        y = F.pad(y, (0, 1, 0, 1) if unit is first else (1, 1, 1, 1))
        y = F.relu(unit.get_submodule("conv2/bn")(unit.conv2(y)))
        return unit.conv3(y)

    one = rest(first, x) + block.shortcut(x)
    two = one + rest(second, F.relu(second.get_submodule("preact/bn")(one)))
    torch.testing.assert_close(block(x), F.relu(block.blk_bna.bn(two)))


def test_a_dense_unit_sees_all_before_it_in_their_middle():
    torch.manual_seed(0)
    block = DenseBlock(4, 8, 4, 1, kernel_px=3).eval()
    x = torch.randn(1, 4, 5, 5)
    unit = block.units[0]
    y = F.relu(unit.get_submodule("conv1/bn")(unit.conv1(F.relu(x * (1 + 1e-5) ** -0.5))))
    new = F.conv2d(y, unit.conv2.weight, groups=4)
    both = torch.cat([x[..., 1:4, 1:4], new], 1)
    torch.testing.assert_close(block(x), F.relu(block.blk_bna.bn(both)))


def test_images_are_bytes():
    torch.manual_seed(0)
    network = HoVerNet(3, 0, "fast", **SMALL).eval()
    seen: list[torch.Tensor] = []
    network.conv0.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    network(torch.full((1, 3, 40, 40), 255.0))
    assert torch.equal(seen[0], torch.ones(1, 3, 40, 40))


def test_a_frozen_encoder_gets_no_gradients_but_at_its_ends():
    network = HoVerNet(3, 0, "fast", **SMALL).train()
    network.frozen = True
    sum(part.sum() for part in network(torch.rand(2, 3, 40, 40) * 255).values()).backward()
    with_one = {name for name, weight in network.named_parameters() if weight.grad is not None}
    learned = {name.split(".")[0] for name in with_one}
    assert learned == {"conv0", "d0", "conv_bot", "decoder"}
    assert {name for name in with_one if name.startswith("d0")} == {
        "d0.shortcut.weight", "d0.blk_bna.bn.weight", "d0.blk_bna.bn.bias",
    }  # fmt: skip
