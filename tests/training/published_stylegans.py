"""Training settings of the StyleGANs as they were published, in the words of the config."""

_STYLEGAN: dict[str, object] = {
    "kimg": 25_000,
    "snapshot_kimg": 200,
    "schedule": "constant",
    "batch_size": 32,
    "beta1": 0,
    "beta2": 0.99,
    "augment": "flip",
    "jitter_px": 0,
    "ema_decay": 0.99778,  # halves in 10 kimg
    "ema_ramp_up": 0.05,
    "precision": "fp32",
    "size_px": None,
    "latent_channels": 512,
    "path_every": 4,
    "path_decay": 0.01,
    "path_shrink": 2,
    "r1_gamma": None,  # by a rule
    "r1_every": 16,
    "stddev_group": 4,
    "fresh_fakes": True,
    "ada_target": 0.6,
    "ada_kimg": 500,
    "ada_every": 4,
    "blur_kimg": 200,
}
_STYLEGAN3: dict[str, object] = {
    **_STYLEGAN,
    "learning_rate": 2.5e-3,
    "discriminator_rate": 0.8,  # of 0.0025
    "mapping_layers": 2,
    "mixing": 0,
    "path_weight": 0,
}

# As published, by the public descriptions and implementations that our presets name.
STYLEGANS: dict[str, dict[str, object]] = {
    "stylegan2": {  # Karras et al. 2020, with ADA
        **_STYLEGAN,
        "learning_rate": 2e-3,
        "discriminator_rate": 1,
        "mapping_layers": 8,
        "channel_base": 32768,
        "channel_max": 512,
        "mixing": 0.9,
        "path_weight": 2,
        "blur_px": 0,
    },
    "stylegan3_t": {  # Karras et al. 2021
        **_STYLEGAN3,
        "channel_base": 32768,
        "channel_max": 512,
        "blur_px": 0,
    },
    "stylegan3_r": {
        **_STYLEGAN3,
        "channel_base": 65536,
        "channel_max": 1024,
        "blur_px": 10,
    },
}
