"""Further shipped examples, only what differs from the defaults: `make scratch`, `histology`,
`stains`, `cellgen` and `volumes`. Two more of volumes are in `volume_examples.py`.

Each runs in a folder of its own, `runs/<name>`, from which the paths in its table start.
"""

from typing import Any

from cytoforge.config.defaults import SHIPPED

# Unstained cells of a scratch assay: no nuclei, and layers of cells by their brightness.
SCRATCH: dict[str, Any] = {
    "samples": "../../config/scratch.tsv",
    # Three of the six frames fail one: where cells are dense and dark, clumps are merged. The page
    # begins with it.
    "checks": "warn",
    "images": {"channels": ["phase"]},
    # Six frames of one well: the same strips of every frame, or the same cells would stand in
    # training and in test.
    "split": {
        "by": "blocks",
        "fractions": {"train": 0.6, "val": 0.15, "test": 0.25},
        "guard_px": 32,
        "block_px": 128,
    },
    "segmentations": {
        "cells": {
            "method": "phase",
            # Cells are bright in dark halos here, and were dark in bright ones in training.
            "cytoplasm_channel": "inverted",
            "cell_diameter_px": 24,
            "gap": {"enabled": True, "method": "texture"},
        }
    },
    "references": {
        "cells3": {
            "segmentation": "cells",
            "layer_channel": "phase",
            "levels": [
                {"name": "background", "region": "background"},
                {"name": "dark", "region": "cytoplasm", "layer": 0},
                {"name": "middle", "region": "cytoplasm", "layer": 1},
                {"name": "bright", "region": "cytoplasm", "layer": 2},
                {"name": "rim", "region": "cell_rim"},
            ],
        }
    },
    "datasets": {
        "tiles": {
            "reference": "cells3",
            "tile_px": 128,
            "sampler": {"method": "all", "overlap": 0.0},
        }
    },
    "models": {"pix2pixhd": {"dataset": "tiles", "model": "pix2pixhd", "preset": "fast"}},
    "metrics": {"patch_px": 128},
    "report": {"title": "A scratch assay in phase contrast"},
}

# Nuclei of stained sections: what nobody sees, the borders of cells, is not drawn.
HISTOLOGY: dict[str, Any] = {
    "samples": "../../config/histology.tsv",
    "images": {"channels": ["red", "green", "blue"]},
    "split": {"by": "image"},
    "segmentations": {"nuclei": {"method": "stain"}},
    "references": {
        "nuclei": {
            "segmentation": "nuclei",
            "levels": [
                {"name": "tissue", "region": "background"},
                {"name": "nucleus", "region": "nucleus"},
                {"name": "rim", "region": "nucleus_rim"},
            ],
        }
    },
    "datasets": {
        "tiles": {
            "reference": "nuclei",
            "tile_px": 128,
            "sampler": {"method": "all", "overlap": 0.5},
        }
    },
    "models": {"pix2pixhd": {"dataset": "tiles", "model": "pix2pixhd", "preset": "fast"}},
    "metrics": {"patch_px": 128},
    "report": {"title": "Haematoxylin and eosin: nuclei and tissue"},
}

# From immunohistochemistry to haematoxylin and eosin, and back: two images of other tissue, each
# cut into strips. The tiles of `make histology` have nuclei that somebody has labelled.
STAINS: dict[str, Any] = {
    "samples": "../../config/stains.tsv",
    # Stains are compared by their colours: 8 bits are taken as they are.
    "images": {"channels": ["red", "green", "blue"], "normalisation": {"method": "none"}},
    "split": {
        "by": "image",
        "fractions": {"train": 0.6, "val": 0.15, "test": 0.25},
        "guard_px": 16,
        "block_px": 128,
    },
    "segmentations": {
        "drawn": {"method": "labels", "nuclei_column": "nuclei", "cells_column": None},
        "network": {"method": "stain", "dab": "removed"},  # brown lies in cytoplasm and membranes
        "hovernet": {"method": "trained", "model": "hovernet", "finds": "nuclei"},
    },
    "references": {
        "drawn": {
            "segmentation": "drawn",
            "levels": [
                {"name": "tissue", "region": "background"},
                {"name": "nucleus", "region": "nucleus"},
            ],
        }
    },
    "datasets": {
        "stains": {
            "domains": {
                "ihc": {"stain": "IHC"},
                "he": {"stain": "HE", "origin": "instanseg"},
            },
            "tile_px": 128,
            "sampler": {"method": "all", "overlap": 0.75},
            # Which of the two is brown. All its tiles are as positive, so none is drawn more often.
            "positive": {"domain": "ihc"},
        },
        # Nuclei that people have drawn, in H&E alone.
        "nuclei": {
            "reference": "drawn",
            "where": {"origin": "bbbc038"},
            "tile_px": 192,
            "sampler": {"method": "all", "overlap": 0.5},
        },
    },
    "models": {
        "stain": {
            "dataset": "stains",
            "model": "cyclegan",
            "preset": "fast",
            # Without it brown membranes become violet and nuclei pale, the wrong way round.
            "training": {"lambda_haematoxylin": 2, "structure": "haematoxylin"},
        },
        "hovernet": {
            "dataset": "nuclei",
            "model": "hovernet",
            "preset": "fast",
            "training": {"steps": 600},  # as long as the other one takes
        },
    },
    "sets": {
        "fake_he": {"translated_by": "stain", "from": "ihc", "to": "he"},
        "fake_ihc": {"translated_by": "stain", "from": "he", "to": "ihc"},
        "ihc_again": {
            "translated_by": "stain",
            "images": "fake_he",
            "from": "he",
            "to": "ihc",
        },
    },
    "metrics": {"patch_px": 64},  # the test strip of the IHC has 4 of 128 px, too few
    "report": {"title": "Stain transfer: immunohistochemistry to haematoxylin and eosin"},
}

# Label maps drawn from nothing, images of them, spots in their cells, and what all that is worth to
# who segments real images. `maps_by: stylegan2` (a block of `models`) instead of `shapes` is the
# other source of maps.
SHORT_UNET = {
    "model": "unet",
    "preset": "fast",
    "training": {"steps": 300, "batch_size": 4, "other_labs": False},
}
CELLGEN: dict[str, Any] = {
    "samples": "../../config/cellgen.tsv",
    "images": SHIPPED["images"],
    "split": SHIPPED["split"],
    "segmentations": {
        **SHIPPED["segmentations"],
        "of_real": {"method": "trained", "model": "unet_real", "finds": "cells"},
        "of_synthetic": {"method": "trained", "model": "unet_synthetic", "finds": "cells"},
    },
    "references": {"level7": SHIPPED["references"]["level7"]},
    "datasets": {
        "tiles7": SHIPPED["datasets"]["tiles7"],
        "made7": {**SHIPPED["datasets"]["tiles7"], "set": "made"},
    },
    "models": {
        "pix2pix": {"dataset": "tiles7", "model": "pix2pix", "preset": "fast"},
        "unet_real": {"dataset": "tiles7", **SHORT_UNET},
        "unet_synthetic": {"dataset": "made7", **SHORT_UNET},
    },
    "sets": {
        "drawn": {"maps_by": "shapes", "like": "tiles7", "count": 8},
        "control": {"maps_by": "perturbed", "like": "tiles7", "count": 8},
        "made": {"images_by": "pix2pix", "maps": "drawn"},
        "rendered_again": {"images_by": "pix2pix", "maps": "real", "split": "train"},
        "spots": {
            "maps": "drawn",
            # Dim enough that the baseline misses some: bright spots rank no detectors.
            "spots": {
                "sigma_px": 1.3,
                "photons": 150,
                "photons_cv": 0.5,
                "bits": 8,
                "gain": 0.5,
                "pedestal": 10,
            },
        },
        "spotted": {"sum": ["made", "spots"]},
    },
    "benchmarks": {
        "on_made": {"set": "made", "segmentations": ["cells", "of_real", "of_synthetic"]},
        # Nobody has drawn these cells: the truth is what the watershed finds.
        "on_real": {"segmentations": ["of_real", "of_synthetic"], "truth": "cells"},
    },
    "utility": {
        "cells": {
            "real": "tiles7",
            "synthetic": "made",
            "rerendered": "rendered_again",
            # 33 trainings: short ones, the same for every row.
            "training": {"steps": 150, "batch_size": 4, "crop_px": 64, "other_labs": False},
        }
    },
    "metrics": {"patch_px": 128},
    "report": {"title": "Label maps from nothing, spots in cells, and what they are worth"},
}


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
            "training": {
                "augment": "none",
                "steps": 1500,
                # A scanner's noise, which no label decides: without it slices changed 0.65 times as
                # much from one to the next as real ones do, with it 0.83 times.
                "grain_channels": 3,
                "validation_scores": ["frechet", "lpips", "psnr", "rmse", "ssim"],
                # FID where its weights are there, as the presets for CT and MR choose.
                "select_by": "frechet",
            },
        },
        # What a network of real slices finds in made ones: whether these show what labels say.
        "organs_net": {
            "dataset": "slices",
            "model": "label_unet",
            "preset": "fast",
            "training": {"augment": "none", "steps": 440, "batch_size": 2},  # 80 s of one core
        },
    },
    "sets": {
        # Labels of a head without any image, with the numbers of tissues that the model has seen in
        # an abdomen: of bone, fluid, blood, an organ and whatever else is soft.
        "head": {"images_by": "oasis", "maps": "../../resources/volumes/head"},
        "found_again": {"labels_by": "organs_net", "images": "oasis"},
        # All slices, those of training too: planes across them, which blocks are too thin for.
        "whole": {"images_by": "oasis", "maps": "real"},
    },
    "metrics": {"patch_px": 96},
    "report": {"title": "CT from organ labels: slices and volumes"},
}

EXAMPLES = {
    "scratch": SCRATCH,
    "histology": HISTOLOGY,
    "stains": STAINS,
    "cellgen": CELLGEN,
    "volumes": VOLUMES,
}
