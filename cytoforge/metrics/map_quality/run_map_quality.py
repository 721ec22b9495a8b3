"""The quality of a set's label maps from files to files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cytoforge.config.map_sources import map_source_config
from cytoforge.config.references import ReferenceConfig
from cytoforge.config.segmentation import GapConfig
from cytoforge.map_sources.drawn_field import map_of_drawing
from cytoforge.map_sources.registry import DrawRequest, draw_map, learn_maps
from cytoforge.map_sources.run import training_fields
from cytoforge.metrics.intervals import unit_noun
from cytoforge.metrics.map_quality.judge_maps import MapSettings, judge_maps
from cytoforge.metrics.map_quality.map_fields import MapField, some_of
from cytoforge.metrics.map_quality.map_inputs import (
    RealMaps,
    as_ids,
    objects_shown,
    read_drawn,
    read_folder,
    read_real,
)
from cytoforge.metrics.map_quality.write_map_quality import write_map_quality
from cytoforge.references.codes import Code, read_codes
from cytoforge.seeds import generator
from cytoforge.split.regions_file import read_regions

CONTROL = "perturbed"
"""The source that every set is held against: real training maps, changed."""


@dataclass(frozen=True)
class MapsAsked:
    """Which maps are judged, and by what rules real ones were made.

    Attributes
    ----------
    manifest : manifest.csv of a set that a source or a model has drawn; None of a folder
    folder : the user's own label maps; none of a drawn set
    reference : how label maps are rendered of objects, as plain values; None of the user's classes
    gap : the segmentation's rule for the gap, as plain values; None without one
    """

    manifest: Path | None
    folder: Sequence[str] = ()
    reference: Mapping[str, Any] | None = None
    gap: Mapping[str, Any] | None = None

    @property
    def gap_rule(self) -> GapConfig | None:
        """The rule as it is used."""
        return None if self.gap is None else GapConfig.model_validate(self.gap)


def score_maps(
    asked: MapsAsked,
    real: RealMaps,
    codes_file: Path,
    side_px: int,
    confidence: float,
    seed: int,
    output: Path,
) -> None:
    """Judge the label maps of a set and write the files of `write_map_quality` into `output`."""
    codes = read_codes(codes_file)
    drawn = read_drawn(asked.manifest, codes) if asked.manifest else []
    made = some_of(drawn or read_folder(asked.folder, codes), seed)
    alone = not drawn
    train, held = read_real(real, codes, as_maps_alone=alone)
    settings = MapSettings(side_px, confidence, seed, _noun(train), asked.gap_rule)
    control = perturbed_maps(asked, real, codes, [field.shape for field in made], seed, alone)
    quality = judge_maps(made, train, held, codes, control, settings)
    for verdict in quality.verdicts:
        print(f"{verdict.name}: {verdict.text}", flush=True)
    write_map_quality(output, quality, codes, confidence)


def perturbed_maps(
    asked: MapsAsked,
    real: RealMaps,
    codes: Sequence[Code],
    shapes: Sequence[tuple[int, int]],
    seed: int,
    as_maps_alone: bool = False,
) -> list[MapField]:
    """Return the control: training maps with changes, one of each shape; none without
    segmentations, whose objects are changed."""
    files = {
        name: (real.segmentations[name], path)
        for name, path in real.label_maps.items()
        if name in real.segmentations
    }
    fields = list(training_fields(files, read_regions(real.regions), codes))
    if not fields:
        return []
    reference = None if asked.reference is None else ReferenceConfig.model_validate(asked.reference)
    gap, config = asked.gap_rule, map_source_config(CONTROL)()
    learned = learn_maps(CONTROL, fields, codes, seed)
    found = []
    for number, shape in enumerate(shapes, start=1):
        random = generator(seed, "metrics", "map_quality", CONTROL, number)
        drawing = draw_map(CONTROL, learned, DrawRequest(number, shape, codes, gap), config, random)
        labels = map_of_drawing(drawing, reference)
        planes = {name: as_ids(plane) for name, plane in drawing.segmentation.instances.items()}
        name = f"{CONTROL}_{number:04d}"
        own = objects_shown(labels, codes) if as_maps_alone else planes
        found.append(MapField(name, name, labels, own, drawing.dropped))
    return found


def _noun(train: Sequence[MapField]) -> str:
    """Return what a unit of real maps is called: an image, or a group of what the split keeps."""
    images = [field.name.rpartition("_r")[0] for field in train]
    return unit_noun(np.array([field.unit for field in train]), np.array(images))
