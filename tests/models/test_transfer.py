"""Training goes on from another model's weights, with layers held still."""

import json

import pytest
import torch
from safetensors.torch import save_file

from cytoforge.errors import UserError
from cytoforge.jobs.provenance import sha256_file
from cytoforge.models.transfer import hold, initial_files
from tests.training.small_translators import batch, built, config

MODEL = {
    "model": "cyclegan", "condition": {}, "codes": [], "n_codes": 0, "channels": ["r", "g", "b"],
    "tile_px": 32, "ranges": [[0, 255, "fixed"]] * 3, "dtype": "uint8", "pixel_size_um": None,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A trained model, as training leaves it."""
    trained = built("cyclegan", seed=1)
    weights = trained.sampler.state_dict()
    save_file(weights, tmp_path / "model.safetensors")
    save_file(trained.handed_on(), tmp_path / "discriminators.safetensors")
    info = MODEL | {"training": trained.config.model_dump(mode="json")}
    info["weights_sha256"] = sha256_file(tmp_path / "model.safetensors")
    (tmp_path / "model.json").write_text(json.dumps(info))
    return tmp_path


def equal(one, other) -> list[bool]:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return [bool(torch.equal(a, b)) for a, b in pairs]


def test_all_networks_begin_as_the_other_training_left_them(folder):
    first = built("cyclegan", seed=1)
    second = built("cyclegan", seed=2, initial=str(folder))
    for name, network in first.networks.items():
        assert all(equal(network, second.networks[name])), name
    assert not all(
        equal(first.networks["generator_ab"], built("cyclegan").networks["generator_ab"])
    )


def test_discriminators_begin_anew_where_they_were_not_kept(folder):
    (folder / "discriminators.safetensors").unlink()
    second = built("cyclegan", seed=2, initial=str(folder))
    fresh = built("cyclegan", seed=2)
    assert all(equal(second.networks["discriminator_a"], fresh.networks["discriminator_a"]))
    assert list(initial_files(str(folder))) == ["initial"]


def test_held_layers_stay_and_all_others_learn(folder):
    held = ("generator.stem", "generator.blocks.0-3", "discriminator.blocks.0")
    trained = built("cyclegan", initial=str(folder), freeze=held)
    before = {
        (net, name): weight.clone()
        for net, network in trained.networks.items()
        for name, weight in network.named_parameters()
    }
    for step in range(2):
        trained.step(batch(), step)
    stays = {
        (net, name)
        for (net, name), weight in before.items()
        if torch.equal(weight, dict(trained.networks[net].named_parameters())[name])
    }
    starts = {"generator": ("stem.", *(f"blocks.{k}." for k in range(4)))}
    starts["discriminator"] = ("blocks.0.",)
    expected = {key for key in before if key[1].startswith(starts[key[0].split("_")[0]])}
    # A bias before a norm changes nothing, and has no gradient but rounding.
    assert {key for key in stays if key[1].endswith("weight")} == {
        key for key in expected if key[1].endswith("weight")
    }
    assert expected <= stays


def test_something_is_left_to_learn():
    with pytest.raises(UserError, match="at least one layer of a discriminator that learns"):
        hold(built("cyclegan").networks, ["discriminator"])


def test_one_network_may_be_held_alone():
    networks = built("cyclegan").networks
    hold(networks, ["generator_ab"])
    held = {name for name, net in networks.items() if not next(net.parameters()).requires_grad}
    assert held == {"generator_ab"}


def test_a_layer_that_is_not_there_is_named():
    with pytest.raises(UserError, match=r"generator_ab.blocks.*(.|\n)*'generator.neck'"):
        hold(built("cyclegan").networks, ["generator.neck"])


def test_weights_of_other_networks_are_refused(folder):
    with pytest.raises(UserError, match=r"`generator_ab.blocks.0.*: .* there, .* in this model"):
        built("cyclegan", initial=str(folder), generator_filters=8)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"model.safetensors(.|\n)*no such file"):
        config("cyclegan", initial=str(tmp_path)).initial_files()
