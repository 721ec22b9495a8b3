"""The shipped config: what `make run` does. Only what differs from the models' defaults."""

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
            "gap": {"erode_cells": 1.2, "dilate_cells": 2.7, "erode_again_cells": 1.0},
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
    "experiments": {
        "pix2pix4": {"dataset": "tiles4", "model": "pix2pix", "preset": "fast"},
        "pix2pix7": {
            "dataset": "tiles7",
            "model": "pix2pix",
            "preset": "fast",
            "synthesis": {"maps": "resources/maps"},
        },
        "pix2pix9": {"dataset": "tiles9", "model": "pix2pix", "preset": "fast"},
    },
    "metrics": {"patch_px": 128},
    "report": {"title": "Kc167 cells: three generators compared"},
}
