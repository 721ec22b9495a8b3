"""The stage of map sources from files to files: learn of training regions, then draw a set."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cytoforge.config.map_sources import map_source_config
from cytoforge.config.references import ReferenceConfig
from cytoforge.config.segmentation import GapConfig
from cytoforge.errors import UserError
from cytoforge.images.set_manifest import write_manifest
from cytoforge.jobs.provenance import hash_settings, sha256_file
from cytoforge.map_sources.drawn_field import DrawnField, map_of_drawing, write_drawn
from cytoforge.map_sources.learned_file import read_learned, write_learned
from cytoforge.map_sources.registry import DrawRequest, TrainingField, draw_map, learn_maps
from cytoforge.references.codes import Code
from cytoforge.references.label_map_file import read_label_map, read_pixel_size_um
from cytoforge.seeds import generator
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.split.region import Region


def learn_from_regions(
    source: str,
    files: Mapping[str, tuple[Path, Path]],
    regions: Sequence[Region],
    codes: Sequence[Code],
    seed: int,
    output: str | Path,
) -> None:
    """Let a source learn from training regions, and write what it has learned.

    Parameters
    ----------
    source : its name
    files : segmentation and label map of each real image, by its name
    regions : of all images; those of val and test are not looked at
    codes : the code table of the label maps
    seed : of the config
    """
    fields = list(training_fields(files, regions, codes))
    if not fields:
        raise UserError(
            where=f"map source {source!r}",
            expected="a training region of at least one image",
            found="none",
            fix="raise split.fractions.train",
        )
    write_learned(output, learn_maps(source, fields, codes, seed))


def training_fields(
    files: Mapping[str, tuple[Path, Path]], regions: Sequence[Region], codes: Sequence[Code]
) -> Iterator[TrainingField]:
    """Yield the training regions, in the order of image names."""
    for name, (segmentation_path, map_path) in sorted(files.items()):
        own = [region for region in regions if region.image == name and region.split == "train"]
        if not own:
            continue
        segmentation = read_segmentation(segmentation_path)
        label_map, size = read_label_map(map_path, len(codes)), read_pixel_size_um(map_path)
        for region in own:
            box = (region.row0, region.row1, region.col0, region.col1)
            part = label_map[region.row0 : region.row1, region.col0 : region.col1]
            yield TrainingField(name, segmentation.crop(*box), part, size)


def draw_set(
    source: str,
    learned_path: str | Path,
    fields: Sequence[DrawnField],
    codes: Sequence[Code],
    *,
    settings: Mapping[str, Any],
    reference: Mapping[str, Any] | None,
    gap: Mapping[str, Any] | None,
    seed: int,
    output: str | Path,
) -> None:
    """Write `fields/{name}_labels.tif` and `fields/{name}_objects.ome.tif` per field, and
    manifest.csv.

    Parameters
    ----------
    fields : name, seed and size of each
    settings : of the source, as plain values, like `reference` and `gap`
    reference : how label maps are rendered of objects; None where they are the user's own classes
    gap : the segmentation's rule for the gap, see `DrawRequest`
    seed : of the config
    """
    learned = read_learned(learned_path)
    config = map_source_config(source).model_validate(settings)
    rendered_by = None if reference is None else ReferenceConfig.model_validate(reference)
    gap_rule = None if gap is None else GapConfig.model_validate(gap)
    made_by = {
        "map_source": source,
        "settings": hash_settings(config.model_dump(mode="json")),
        "learned_sha256": sha256_file(learned_path),
    }
    size_um = learned.facts.get("pixel_size_um")
    rows = []
    for field in fields:
        print(f"drawing {field.name}")
        request = DrawRequest(field.seed, field.size_px, codes, gap_rule)
        random = generator(seed, "map_sources", source, field.seed)
        drawing = draw_map(source, learned, request, config, random)
        label_map = map_of_drawing(drawing, rendered_by)
        found = {"dropped": str(drawing.dropped)}
        rows.append(
            write_drawn(output, field, label_map, drawing.segmentation, size_um, made_by | found)
        )
    write_manifest(output, rows)
