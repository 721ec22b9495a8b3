"""The shipped configs, only what differs from the defaults: `make run`, and `make compare`."""

from typing import Any

SHIPPED: dict[str, Any] = {
    "samples": "config/samples.tsv",
    "seed": 1,
    "images": {"channels": ["dna", "actin"]},
    # Three fields are too few to keep one aside, so each is cut into disjoint strips.
    "split": {
        "by": "blocks",
        "fractions": {"train": 0.6, "val": 0.15, "test": 0.25},
        "guard_px": 34,
        "block_px": 128,
    },
    "segmentations": {
        "cells": {
            "method": "watershed",
            "nuclei_channel": "dna",
            "cytoplasm_channel": "actin",
            "nucleus_diameter_px": 19,
            "cell_diameter_px": 34,
            # Gaps here are smaller than a scratch: the original's radii, times 0.6.
            "gap": {
                "enabled": True,
                "method": "original",
                "erode_cells": 1.2,
                "dilate_cells": 2.7,
                "erode_again_cells": 1.0,
            },
        }
    },
    "references": {
        # Wider rims, as the original had for 4 levels and not for 7 and 9.
        "level4": {"segmentation": "cells", "levels": 4, "rim_dilation_px": 1},
        "level7": {"segmentation": "cells", "levels": 7},
        "level9": {"segmentation": "cells", "levels": 9},
    },
    "datasets": {
        f"tiles{levels}": {
            "reference": f"level{levels}",
            "tile_px": 128,
            "sampler": {"method": "all", "overlap": 0.5},
        }
        for levels in (4, 7, 9)
    },
    "models": {
        "pix2pix4": {"dataset": "tiles4", "model": "pix2pix", "preset": "fast"},
        "pix2pix7": {"dataset": "tiles7", "model": "pix2pix", "preset": "fast"},
        "pix2pix9": {"dataset": "tiles9", "model": "pix2pix", "preset": "fast"},
        # Beside the comparison of levels: the model whose images look best. On two cores it is
        # trained while one of the others is, which would have left a core idle.
        "pix2pixhd7": {"dataset": "tiles7", "model": "pix2pixhd", "preset": "fast"},
    },
    "sets": {"hand_drawn": {"images_by": "pix2pix7", "maps": "resources/maps"}},
    "metrics": {"patch_px": 128},
    "report": {"title": "Kc167 cells: four generators compared"},
}

# Equal numbers of tiles seen: 6 times the training tiles, whatever the batch.
_EQUAL_IMAGES = {"steps": None, "epochs": 6}
_EQUAL_TIME = {"steps": None, "minutes": 2}

# What `make compare` does: three models on the same tiles, at equal tiles seen and at equal time.
COMPARE: dict[str, Any] = {
    **SHIPPED,
    "references": {"level7": SHIPPED["references"]["level7"]},
    "datasets": {"tiles7": SHIPPED["datasets"]["tiles7"]},
    "models": {
        # pix2pix as published, at the depth that fits the tiles: what a textbook would train.
        "textbook_images": {
            "dataset": "tiles7",
            "model": "pix2pix",
            "preset": "original",
            "training": {**_EQUAL_IMAGES, "generator": "unet_128", "cpu_threads": 1},
        },
        **{
            f"{model}_{name}": {
                "dataset": "tiles7",
                "model": model,
                "preset": "fast",
                "training": budget,
            }
            for name, budget in (("images", _EQUAL_IMAGES), ("time", _EQUAL_TIME))
            for model in ("pix2pix", "pix2pixhd", "oasis")
        },
    },
    "sets": {},
    "report": {"title": "Kc167 cells: three models, equal tiles seen and equal time"},
}
