"""Configs of public data sets, whole: what `python -m cytoforge.adopt` writes beside a table.

Those of BCI, PanNuke and EndoNuke lie in config/ too. Only what differs from the defaults.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DataSet:
    """A config, and the comment it begins with.

    Attributes
    ----------
    says : what a user should know, one line each
    values : of the config, without `samples`
    """

    says: tuple[str, ...]
    values: dict[str, Any]


# As the public networks have seen them: 0 to 255 of the files, not stretched.
_COLOURS: dict[str, Any] = {
    "images": {"channels": ["red", "green", "blue"], "normalisation": {"method": "none"}}
}
# A column of all adopted tables: what must not be in two splits.
_SPLIT: dict[str, Any] = {"split": {"by": "group"}}
_STAINS = {"ihc": {"stain": "IHC"}, "he": {"stain": "HE"}}
_BACKGROUND = {"background": 0}
PANNUKE_TYPES: dict[str, Any] = {
    **_BACKGROUND,
    "neoplastic": 1,
    "inflammatory": 2,
    "connective": 3,
    "dead": 4,
    "epithelial": 5,
}
# Seven in the files; four as Graham et al. (2019) count them.
CONSEP_TYPES: dict[str, Any] = {
    **_BACKGROUND,
    "miscellaneous": 1,
    "inflammatory": 2,
    "epithelial": [3, 4],
    "spindle": [5, 6, 7],
}


def _nuclei(
    title: str, types: dict[str, Any], tile_px: int, overlap: float, tissues: str = ""
) -> dict[str, Any]:
    """Return a config that trains HoVer-Net on nuclei that have been drawn, and tests it.

    tissues : column by whose values scores of classes are averaged
    """
    return {
        **_COLOURS,
        **_SPLIT,
        "segmentations": {
            "drawn": {"method": "labels", "cells_column": None},
            "stain": {"method": "stain"},
            "hover": {"method": "trained", "model": "hovernet", "finds": "nuclei"},
        },
        "references": {"nuclei": _drawn(types)},
        "datasets": {
            "tiles": {
                "reference": "nuclei",
                "tile_px": tile_px,
                "sampler": {"method": "all", "overlap": overlap},
            }
        },
        "models": {
            "hovernet": {
                "dataset": "tiles",
                "model": "hovernet",
                "preset": "published",
                **({"training": {"types": True}} if types else {}),
            }
        },
        "benchmarks": {"nuclei": _benchmark(types, tissues)},
        "report": {"title": title},
    }


def _drawn(types: dict[str, Any]) -> dict[str, Any]:
    """Return the label map of nuclei with classes, or of nuclei without."""
    if types:
        return {"column": "nuclei_types", "classes": types, "instances": "drawn"}
    levels = [
        {"name": "tissue", "region": "background"},
        {"name": "nucleus", "region": "nucleus"},
    ]
    return {"segmentation": "drawn", "levels": levels}


def _benchmark(types: dict[str, Any], tissues: str) -> dict[str, Any]:
    """Return what holds HoVer-Net and the shipped network against what people have drawn."""
    by_class = {"classes": "nuclei", **({"tissues": tissues} if tissues else {})}
    return {
        "segmentations": ["hover", "stain"],
        "truth": "drawn",
        **(by_class if types else {}),
    }


_BCI: dict[str, Any] = {
    **_COLOURS,
    **_SPLIT,
    "segmentations": {"nuclei": {"method": "stain"}},
    "datasets": {
        "stains": {
            "domains": _STAINS,
            "pairs": "pair",
            "crop_px": 512,
            "tile_px": 256,
            "share": 0.5,
            "positive": {"domain": "ihc"},
        }
    },
    "models": {"stain": {"dataset": "stains", "model": "cyclegan", "preset": "bci"}},
    "sets": {
        "fake_he": {"translated_by": "stain", "from": "ihc", "to": "he", "split": "test"},
        "fake_ihc": {"translated_by": "stain", "from": "he", "to": "ihc", "split": "test"},
    },
    "report": {"title": "BCI: IHC and H&E of breast cancer"},
}

# As the public project meant to: its generators keep all but the last two blocks of nine and what
# comes after, its discriminators all but their last two layers.
_FROZEN = [
    "generator.stem",
    "generator.encoder",
    "generator.blocks.0-6",
    "discriminator.blocks.0-7",
]

_ENDONUKE: dict[str, Any] = {
    **_COLOURS,
    **_SPLIT,
    "segmentations": {
        "stain": {"method": "stain"},
        "hover": {
            "method": "trained",
            "model": "../pannuke/results/models/hovernet",
            "finds": "nuclei",
        },
    },
    "datasets": {"stains": {"domains": _STAINS, "tile_px": 256}},
    "models": {
        "stain": {
            "dataset": "stains",
            "model": "cyclegan",
            "preset": "bci",
            "training": {"initial": "../bci/results/models/stain", "freeze": _FROZEN},
        },
    },
    "sets": {
        "fake_he": {"translated_by": "stain", "from": "ihc", "to": "he", "split": "test"},
    },
    "report": {"title": "EndoNuke: nuclei in IHC, straight and by way of H&E"},
}

DATA_SETS: dict[str, DataSet] = {
    "bci": DataSet(
        (
            "BCI (Liu et al. 2022): IHC (HER2) and H&E of neighbouring sections, in pairs:",
            "  python -m cytoforge.adopt bci FOLDER --to runs/bci",
            "Not for commercial use, by its licence. The pixel size is not in the files: set",
            "images.pixel_size_um where it is known. Which pairs come from one slide is not",
            "said, so val may share slides with training; the official test is kept. Needs a GPU.",
        ),
        _BCI,
    ),
    "pannuke": DataSet(
        (
            "PanNuke (Gamper et al. 2020): 189,744 nuclei of five classes in H&E. The table:",
            "  python -m cytoforge.adopt pannuke FOLDER --to runs/pannuke",
            "CC BY-NC-SA 4.0. Fold 1 trains, 2 validates, 3 tests; for the other two of the three",
            "official splits exchange the words in column `split`. Needs a GPU.",
        ),
        _nuclei("PanNuke: HoVer-Net", PANNUKE_TYPES, 256, 0.0, "tissue"),
    ),
    "consep": DataSet(
        (
            "CoNSeP (Graham et al. 2019): 24,319 nuclei in H&E of colon. The table:",
            "  python -m cytoforge.adopt consep FOLDER --to runs/consep",
            "A fifth of the training images is val. Of which patient an image is, is not said.",
        ),
        _nuclei("CoNSeP: HoVer-Net", CONSEP_TYPES, 256, 0.5),
    ),
    "kumar": DataSet(
        (
            "Kumar (Kumar et al. 2017): nuclei in H&E of seven organs, without classes. The table:",
            "  python -m cytoforge.adopt kumar FOLDER --to runs/kumar",
            "CC BY-NC-SA 4.0. Column `part` says whether a test image is of an organ that was",
            "trained on (test_same) or not (test_diff). A fifth of the training patients is val.",
        ),
        _nuclei("Kumar: HoVer-Net", {}, 256, 0.5),
    ),
    "endonuke": DataSet(
        (
            "EndoNuke (Naumov et al. 2022, CC BY 4.0): IHC of endometrium with nuclei as points,",
            "beside H&E of PanNuke. One table of both:",
            "  python -m cytoforge.adopt pannuke FOLDER --to runs/endonuke",
            "  python -m cytoforge.adopt endonuke FOLDER --to runs/endonuke --add",
            "CycleGAN goes on from the model of a run of bci.yaml, whose folder `initial` names;",
            "HoVer-Net is that of pannuke.yaml, or public weights in a folder that",
            "`python -m cytoforge.import_weights hovernet` wrote. Tiles are whole, 400 px of",
            "0.25 µm; column `points` of samples.tsv is the truth. What all seven annotators have",
            "labelled is in endonuke_agreement.tsv. Needs a GPU.",
        ),
        _ENDONUKE,
    ),
}
SHIPPED = ("bci", "pannuke", "endonuke")
