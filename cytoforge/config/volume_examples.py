"""Further shipped examples of volumes: `make volumes_mr`, a part of `make volumes`, and
`make volumes_unpaired`. Only what differs from the defaults."""

from typing import Any

from cytoforge.config.examples import VOLUMES

# `VOLUMES` of an MR, whose grey values have no unit: percentiles of the body become 0 and 1. Its 20
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
            "training": {
                **VOLUMES["models"]["oasis"]["training"],
                "steps": 400,
                "grain_channels": 0,  # in so few steps it became stripes
                "select_by": None,  # two val slices are too few for a Fréchet distance
            },
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
    # The MR shows the upper abdomen alone, and so do these slices of the CT.
    "references": {
        "organs": {
            "column": "organ_labels",
            "classes": "../../resources/volumes/classes_upper.tsv",
        }
    },
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
                "lambda_gradient": 0,
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

VOLUME_EXAMPLES = {"volumes_mr": VOLUMES_MR, "volumes_unpaired": VOLUMES_UNPAIRED}
