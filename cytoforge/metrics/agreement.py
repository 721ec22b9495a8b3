"""How well predicted label maps agree with those they were learnt from, inside the test regions."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cytoforge.config.metrics import MetricsConfig
from cytoforge.jobs.atomic import write_text
from cytoforge.metrics.label_fidelity import code_counts, label_fidelity_table
from cytoforge.references.codes import Code
from cytoforge.references.label_map_file import read_label_map
from cytoforge.split.region import Region

SERIES = "predicted"


def write_agreement(
    output: str | Path,
    wanted: Iterable[str | Path],
    predicted: Mapping[str, Path],
    regions: Sequence[Region],
    codes: Sequence[Code],
    config: MetricsConfig,
) -> None:
    """Write F1 (Dice) of every level's pixels, an image and pooled, with what chance does to it.

    Parameters
    ----------
    wanted : label maps, files named by their image
    predicted : the predicted ones by image name
    """
    rows = []
    for path in map(Path, wanted):
        maps = read_label_map(path), read_label_map(predicted[path.stem])
        image = path.stem
        for region in regions:
            if (region.image, region.split) == (image, "test"):
                inside = slice(region.row0, region.row1), slice(region.col0, region.col1)
                counted = code_counts(codes, *(label_map[inside] for label_map in maps))
                place = {"image": image, "group": region.group, "series": SERIES}
                rows += [{**place, **row} for row in counted]
    table = label_fidelity_table(rows, config)
    write_text(Path(output), table.to_csv(index=False, lineterminator="\n"))
