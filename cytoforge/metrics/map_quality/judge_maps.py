"""All that is measured of drawn label maps: distances beside baselines, copies, g(r)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from cytoforge.config.segmentation import GapConfig
from cytoforge.metrics.map_quality.map_copies import copies_verdict, nearest_windows
from cytoforge.metrics.map_quality.map_distances import (
    FLOOR,
    MADE,
    PERTURBED,
    UNIFORM,
    MeasuredMaps,
    distance_table,
)
from cytoforge.metrics.map_quality.map_fields import MOST_MAPS, MapField, some_of
from cytoforge.metrics.map_quality.map_inputs import objects_shown
from cytoforge.metrics.map_quality.map_measures import (
    MapScale,
    map_measures,
    map_scale,
    measure_map,
)
from cytoforge.metrics.map_quality.map_verdicts import map_verdicts
from cytoforge.metrics.map_quality.pair_correlation import correlation_curves
from cytoforge.metrics.map_quality.uniform_placement import place_uniformly
from cytoforge.metrics.verdicts import Verdict
from cytoforge.references.codes import Code

REAL = "real"
"""The series of held-out real maps, which all others are compared with."""


@dataclass(frozen=True)
class MapSettings:
    """How maps are judged.

    side_px : of the windows that classes, counts and copies are looked at in, at most
    confidence : of intervals
    noun : what a unit of the real maps is called
    gap : the rule by which real maps have their gap, see `place_uniformly`
    """

    side_px: int = 128
    confidence: float = 0.95
    seed: int = 1
    noun: str = "image"
    gap: GapConfig | None = None


@dataclass(frozen=True)
class MapQuality:
    """table : of distances; copies : of nearest windows; curves : of pair correlation; fields : the
    maps of each series, `real` among them."""

    table: pd.DataFrame
    copies: pd.DataFrame
    curves: pd.DataFrame
    verdicts: list[Verdict]
    scale: MapScale
    fields: Mapping[str, Sequence[MapField]]


def judge_maps(
    made: Sequence[MapField],
    train: Sequence[MapField],
    held: Sequence[MapField],
    codes: Sequence[Code],
    perturbed: Sequence[MapField] = (),
    settings: MapSettings | None = None,
) -> MapQuality:
    """Hold drawn maps against real ones that no source has learned from, beside three baselines.

    Parameters
    ----------
    made : drawn maps; of more than `MOST_MAPS` some are drawn by seed
    train : regions of real maps that sources learn from: the floor, what uniform placement puts
        down, and where copies are looked for
    held : regions of the other real maps
    perturbed : training maps with changes, of the sizes of the drawn ones; none where nothing
        perturbs such maps
    """
    asked = settings or MapSettings()
    made = some_of(made, asked.seed)
    made, train, held, perturbed = _alike([made, train, held, perturbed], codes)
    names = list(made[0].objects)
    shapes = [field.shape for field in made]
    series: dict[str, Sequence[MapField]] = {MADE: made, PERTURBED: perturbed[:MOST_MAPS]}
    series[UNIFORM] = place_uniformly(train, shapes, codes, asked.seed, asked.gap)
    series = {name: fields for name, fields in {**series, FLOOR: train}.items() if fields}
    scale = map_scale(
        held, [field for fields in series.values() for field in fields], asked.side_px
    )
    print(f"{len(made)} drawn maps, windows of {scale.side} px", flush=True)
    measured = {name: _measured(fields, codes, scale) for name, fields in series.items()}
    measured[FLOOR] = replace(measured[FLOOR], noun=asked.noun)
    real = _measured(held, codes, scale)
    table = distance_table(real, measured, map_measures(names, codes), asked.confidence)
    searched = {REAL: held, **{k: v for k, v in series.items() if k not in (UNIFORM, FLOOR)}}
    copies = nearest_windows(searched, train, held, len(codes), scale.side, asked.seed)
    verdicts = [*map_verdicts(table, asked.confidence), copies_verdict(copies, MADE, REAL)]
    fields = {REAL: held, **series}
    curves = correlation_curves(fields, scale.reach_px)
    return MapQuality(table, copies, curves, verdicts, scale, fields)


def _measured(fields: Sequence[MapField], codes: Sequence[Code], scale: MapScale) -> MeasuredMaps:
    samples = [measure_map(field, codes, scale) for field in fields]
    return MeasuredMaps([field.unit for field in fields], samples)


def _alike(sides: Sequence[Sequence[MapField]], codes: Sequence[Code]) -> list[list[MapField]]:
    """Return fields with the objects that all of them have, in the order of the first; where these
    are none, with those that their label maps show."""
    fields = [field for side in sides for field in side]
    names = [name for name in fields[0].objects if all(name in field.objects for field in fields)]

    def with_shared(field: MapField) -> MapField:
        own = {name: field.objects[name] for name in names}
        return replace(field, objects=own or objects_shown(field.labels, codes))

    return [[with_shared(field) for field in side] for side in sides]
