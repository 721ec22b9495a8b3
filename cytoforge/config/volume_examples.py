"""Shipped examples of volumes: `make volumes`, of which `volumes_mr` is a part, and
`make volumes_unpaired`. Only what differs from the defaults."""

from typing import Any

FIVE = ["frechet", "lpips", "psnr", "rmse", "ssim"]

# CT from organ labels, slice by slice and back to a volume. One body, so its slices are divided
# into blocks: scores say how slices beside those of training are made, not those of another body.
VOLUMES: dict[str, Any] = {
    "samples": "../../config/volumes.tsv",
    "images": {
        "channels": ["grey"],
        "normalisation": {"method": "window", "window": "ct"},
        "volumes": {"body": "threshold"},
    },
    "split": {
        "by": "slices",
        "fractions": {"train": 0.7, "val": 0.1, "test": 0.2},
        "guard_slices": 2,
    },
    "references": {
        "organs": {
            "column": "organ_labels",
            "classes": "../../resources/volumes/classes.tsv",
        }
    },
    "datasets": {
        "slices": {
            "reference": "organs",
            "tile_px": 96,
            "min_classes": 2,
            "sampler": {"method": "all"},
        }
    },
    "models": {
        "oasis": {
            "dataset": "slices",
            "model": "oasis",
            "preset": "fast",
            # A body has an up and a down. After 420 steps values were 86 HU off, after these 61;
            # where every label has its mean, 72.
            "training": {"augment": "none", "steps": 1500, "validation_scores": FIVE},
        }
    },
    # Labels of a head without any image, with the numbers of tissues that the model has seen in an
    # abdomen: of bone, fluid, blood, an organ and whatever else is soft.
    "sets": {"head": {"images_by": "oasis", "maps": "../../resources/volumes/head"}},
    "metrics": {"patch_px": 96},
    "report": {"title": "CT from organ labels: slices and volumes"},
}

# The same of an MR, whose grey values have no unit: percentiles of the body become 0 and 1. Its 20
# slices are few, and so are its steps.
VOLUMES_MR: dict[str, Any] = {
    "samples": "../../config/volumes_mr.tsv",
    "images": {
        "channels": ["grey"],
        "normalisation": {"method": "body", "low": 0.5, "high": 99.5},
        "volumes": {"body": "threshold"},
    },
    "split": {**VOLUMES["split"], "guard_slices": 1, "slice_rounds": 1},
    "references": {
        "organs": {
            "column": "organ_labels",
            "classes": "../../resources/volumes/mr_classes.tsv",
        }
    },
    "datasets": {"slices": {**VOLUMES["datasets"]["slices"], "tile_px": 80}},
    "models": {
        "oasis": {
            **VOLUMES["models"]["oasis"],
            "training": {"augment": "none", "steps": 600, "validation_scores": FIVE},
        }
    },
    # All slices, for a whole volume: what the model makes of test slices alone has gaps.
    "sets": {"whole": {"images_by": "oasis", "maps": "real"}},
    "metrics": {"patch_px": 80},
    "report": {"title": "MR from organ labels: slices and volumes"},
}

# MR made of the organ labels of a CT: not one slice has both. The CT is read in its window (a
# column of the table), the MR by percentiles of its body.
VOLUMES_UNPAIRED: dict[str, Any] = {
    **VOLUMES_MR,
    "samples": "../../config/volumes_unpaired.tsv",
    "references": VOLUMES["references"],
    "datasets": {
        "slices": {
            "reference": "organs",
            "domains": {"ct": {"modality": "CT"}, "mr": {"modality": "MR"}},
            "tile_px": 80,
            "min_classes": 2,
            "sampler": {"method": "all"},
        }
    },
    "models": {
        "oasis": {
            "dataset": "slices",
            "model": "oasis",
            "task": "labels_to_domain",
            "preset": "fast",
            "training": {
                "supervision": "usis",
                "augment": "none",
                "steps": 1500,
                "lambda_l1": 0,  # there is no image to compare with
                # As narrow as the preset's other discriminator, and for tiles of 80 px.
                "wavelet_discriminator_filters": 16,
                "wavelet_discriminator_stages": 3,
                "wavelet_discriminator_rate": 1,
                "validation_scores": ["frechet", "kernel"],
            },
        }
    },
    "report": {"title": "MR from the organ labels of CT, without pairs"},
}
