"""The scores of one set of translations: read what was made, compute every table, write them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.metrics.intervals import unit_noun
from cytoforge.metrics.pretrained_scores import load_networks
from cytoforge.metrics.translation.detour import Detour, does_the_detour_pay
from cytoforge.metrics.translation.score_translation import TranslationSettings, score_translation
from cytoforge.metrics.translation.translation_inputs import (
    ReadTranslation,
    TranslationInputs,
    finder,
    read_translation,
)
from cytoforge.metrics.translation.write_translation import write_translation


def score_set(
    inputs: TranslationInputs,
    segmenters: Mapping[str, SegmentationBase],
    detour: Sequence[str],
    config: MetricsConfig,
    seed: int,
    output: Path,
    threads: int = 1,
) -> None:
    """Score a set of translations and write the files of `write_translation` into `output`.

    Parameters
    ----------
    segmenters : settings of those that have looked at the set, by name; what a normaliser has
        recoloured is segmented by them here
    detour : names of those of them that are asked whether the detour pays, where there is truth
    threads : CPU threads, a constant because sums depend on it
    """
    torch.set_num_threads(threads)
    read = read_translation(inputs)
    source = read.translation.source
    print(f"{len(source)} test regions of {len(set(read.translation.units))} units", flush=True)
    size = source[0].pixel_size_um
    finders = {name: finder(block, size) for name, block in segmenters.items()}
    settings = TranslationSettings(
        confidence=config.confidence,
        noun=_noun(read),
        patch_px=config.patch_px,
        psnr_cap_db=config.psnr_cap_db,
        seed=seed,
    )
    scores = score_translation(read.translation, load_networks(config), finders, settings)
    for verdict in scores.verdicts:
        print(verdict.text, flush=True)
    found = [_detour(read, name, config, settings.noun) for name in detour]
    write_translation(output, scores, found, read.strip)


def _detour(read: ReadTranslation, segmenter: str, config: MetricsConfig, noun: str) -> Detour:
    translation = read.translation
    return does_the_detour_pay(
        translation.source,
        translation.made,
        segmenter,
        translation.truth,
        read.labels,
        config.confidence,
        noun,
    )


def _noun(read: ReadTranslation) -> str:
    """Return what a unit is called: an image, or a group of what the split keeps together."""
    photos = read.translation.source
    return unit_noun(np.array([p.unit for p in photos]), np.array([p.name for p in photos]))
