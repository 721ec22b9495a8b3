import pytest

from cytoforge.models.pix2pix.config import Pix2PixConfig


@pytest.mark.parametrize(
    ("generator", "multiple", "differ"),
    [
        ("unet_256", 256, True),
        ("unet_64", 64, True),
        ("unet_32", 32, False),  # too shallow for dropout
        ("resnet_9", 4, True),
        ("resnet_6", 4, True),
    ],
)
def test_what_a_generator_needs_and_can(generator, multiple, differ):
    config = Pix2PixConfig(generator=generator)
    assert config.size_multiple == multiple
    assert config.samples_differ_by == (("dropout",) if differ else ())
    assert Pix2PixConfig(generator=generator, dropout=False).samples_differ_by == ()


def test_grain_makes_images_of_one_map_differ_and_label_maps_have_none():
    assert Pix2PixConfig(generator="unet_16", grain_channels=1).samples_differ_by == ("grain",)
    maps = Pix2PixConfig(task="image_to_labels", grain_channels=1, discriminator_detail=8)
    assert (maps.grain_channels, maps.discriminator_detail) == (0, 0)


@pytest.mark.parametrize(
    ("settings", "norm"),
    [
        ({}, "batch"),
        ({"norm": "instance"}, "instance"),
        ({"discriminator_norm": "none"}, "none"),
        ({"gan_mode": "wgan_gp"}, "instance"),
        ({"gan_mode": "wgan_gp", "norm": "none"}, "none"),
    ],
)
def test_norm_of_the_discriminator(settings, norm):
    assert Pix2PixConfig(**settings).norm_of_discriminator == norm


def test_a_penalty_of_single_images_and_statistics_of_a_batch_do_not_go_together():
    with pytest.raises(ValueError, match="discriminator_norm: wgan_gp needs instance or none"):
        Pix2PixConfig(gan_mode="wgan_gp", discriminator_norm="batch")


def test_a_resnet_has_no_layer_of_details():
    with pytest.raises(ValueError, match="detail_filters: resnet_9 has no such layer"):
        Pix2PixConfig(generator="resnet_9", detail_filters=8)


def test_two_tasks_are_offered_and_images_are_the_default():
    assert Pix2PixConfig.tasks() == ("labels_to_image", "image_to_labels")
    assert Pix2PixConfig().task == "labels_to_image"


def test_the_task_says_which_score_chooses_and_what_it_needs():
    assert Pix2PixConfig().selection == "lpips"
    assert Pix2PixConfig().pretrained == ("alexnet",)
    assert Pix2PixConfig(task="image_to_labels").selection == "l1"
    assert Pix2PixConfig(task="image_to_labels").pretrained == ()
    assert Pix2PixConfig(select_by="last").pretrained == ()


def test_only_a_score_of_the_task_can_choose():
    with pytest.raises(ValueError, match="image_to_labels has no validation score 'lpips'"):
        Pix2PixConfig(task="image_to_labels", select_by="lpips")
