"""Score detectors of spots on the images of a set, from files to files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.images.image import Image
from cytoforge.images.ome import read_image
from cytoforge.images.set_manifest import read_manifest
from cytoforge.jobs.atomic import write_json, write_text
from cytoforge.jobs.csv_file import write_csv
from cytoforge.metrics.spot_scores import GATE_PX, SpotField, SpotScores, score_spots
from cytoforge.segmentation.centroid_matching import match_points
from cytoforge.segmentation.spot_detection import detect_spots
from cytoforge.spots.spot_file import read_detections, read_spots
from cytoforge.spots.truth import rows_of_truth

BASELINE = "LoG"
"""Laplacian of a Gaussian of the true width."""
FILES = ("scores.csv", "gates.csv", "classes.csv", "found.csv", "spots.json")
FOUND_COLUMNS = ("image", "detector", "x", "y", "brightness", "matched")


@dataclass(frozen=True)
class SpotSet:
    """A set whose spots are known.

    Attributes
    ----------
    manifest : of its images
    truth : of the set whose spots they are; may be the same
    channel : in which the spots are
    detections : folder of tables per image, by the name of a program
    """

    manifest: Path
    truth: Path
    channel: str
    detections: Mapping[str, str] = field(default_factory=dict)


def score_spot_set(request: SpotSet, output: str | Path, confidence: float = 0.95) -> None:
    """Write `FILES` into a folder: tables of scores, all that was found, and what was scored."""
    output = Path(output)
    rows = read_manifest(request.manifest)
    truths = rows_of_truth(rows, read_manifest(request.truth))
    images = {row["name"]: Path(row["image"]) for row in rows}
    others = {name: read_detections(folder, images) for name, folder in request.detections.items()}
    fields = [
        _field(read_image(images[name]), name, truths[name], request.channel, others)
        for name in images
    ]
    scores = score_spots(fields, BASELINE, confidence)
    for name, table in vars(scores).items():
        if isinstance(table, pd.DataFrame):
            text = table.to_csv(index=False, lineterminator="\n", float_format="%.8g")
            write_text(output / f"{name}.csv", text)
    write_csv(output / "found.csv", FOUND_COLUMNS, _found(fields))
    told = _told(request, fields, scores, images, truths)
    write_json(output / "spots.json", told)


def _field(
    image: Image,
    name: str,
    truth: Mapping[str, str],
    channel: str,
    others: Mapping[str, Mapping[str, tuple[np.ndarray, ...]]],
) -> SpotField:
    spots = read_spots(truth["spots"])
    pixels = image.channel(channel if channel in image.channels else image.channels[-1])
    by_log = detect_spots(pixels, float(truth["sigma_px"]))
    found = {BASELINE: (by_log.points, by_log.grey)}
    found |= {program: (one[name][0], one[name][1]) for program, one in others.items()}
    return SpotField(name, spots.points, spots.photons, found, image.shape)


def _found(fields: list[SpotField]) -> Iterator[list[object]]:
    """Yield a row per point found, and whether it is one of the true ones."""
    for one in fields:
        for detector, (points, sure) in one.found.items():
            matched = np.zeros(len(points), bool)
            matched[match_points(one.truth, points, GATE_PX).pairs[:, 1]] = True
            for (y, x), value, hit in zip(
                points.round(3).tolist(), sure.round(3).tolist(), matched.tolist(), strict=True
            ):
                yield [one.image, detector, x, y, value, int(hit)]


def _told(
    request: SpotSet,
    fields: list[SpotField],
    scores: SpotScores,
    images: Mapping[str, Path],
    truths: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """Return what the page says beside the tables."""
    first = max(fields, key=lambda one: len(one.truth))  # the one with most to see
    shown = images[first.image]
    return {
        "baseline": BASELINE,
        "too_easy": scores.too_easy,
        "channel": request.channel,
        "gate_px": GATE_PX,
        "n_images": len(fields),
        "n_spots": sum(len(one.truth) for one in fields),
        "sigma_px": sorted({float(row["sigma_px"]) for row in truths.values()}),
        "shown": {
            "name": first.image,
            "image": shown.as_posix(),
            "spots": Path(truths[first.image]["spots"]).as_posix(),
        },
    }
