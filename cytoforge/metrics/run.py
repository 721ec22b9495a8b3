"""The score of one set of images: read what was made, compute every table, write them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from cytoforge.config.metrics import MetricsConfig
from cytoforge.images.ome import read_image
from cytoforge.metrics.cell_features import cells_of_training
from cytoforge.metrics.class_means import train_level_counts, trivial_images
from cytoforge.metrics.collect import chosen_patches, read_patches
from cytoforge.metrics.field_patches import FieldScores, not_segmented, score_fields
from cytoforge.metrics.intensity import LevelCounts, level_table
from cytoforge.metrics.intensity_calibration import calibration_table, real_rows
from cytoforge.metrics.label_fidelity import MapRecipe, label_fidelity_table
from cytoforge.metrics.material import Material
from cytoforge.metrics.memorisation import memorisation_table, memorisation_verdict
from cytoforge.metrics.metric import REAL
from cytoforge.metrics.morphology import morphology_table
from cytoforge.metrics.pairs import Patches, outlier_table, pair_table, summary_table
from cytoforge.metrics.pretrained_scores import (
    RGB_CHANNELS,
    Networks,
    load_networks,
    network_scores,
)
from cytoforge.metrics.real_patches import measured_before
from cytoforge.metrics.realism_table import realism_table
from cytoforge.metrics.region_images import FieldPaths, crop_image
from cytoforge.metrics.resegmentation import crop, overall
from cytoforge.metrics.sets import set_table
from cytoforge.metrics.write import Tables, write_tables
from cytoforge.segmentation.of_set import segmentations_of_set
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.segmentation.summary import object_table
from cytoforge.split.region import Region
from cytoforge.split.regions_file import read_regions
from cytoforge.tiles.tile_set import TileSet, read_tiles


@dataclass(frozen=True)
class ScoreInputs:
    """What is scored. The mappings go from image name to file.

    name : of the set
    made : images made from the label maps of the test images; decides which are scored
    real, labels, segmentations : canonical images, label maps and segmentations; `real` and
        `segmentations` must hold all images with train regions too (the real-vs-real baseline)
    again : folder of the segmentations of the regions that `cut_regions` wrote; None where the
        label maps are the user's own, which no segmentation has made
    regions : the split's CSV; tiles : folder of the data set the model was trained on
    evened : real images without shading, where label maps were rendered of those
    real_patches : what was measured of real patches alone; None, or of other patches: measured here
    """

    name: str
    made: Mapping[str, Path]
    real: Mapping[str, Path]
    labels: Mapping[str, Path]
    segmentations: Mapping[str, Path]
    again: Path | None
    regions: Path
    tiles: Path
    evened: Mapping[str, Path] = field(default_factory=dict)
    real_patches: Path | None = None


def score(
    inputs: ScoreInputs,
    recipe: MapRecipe | None,
    config: MetricsConfig,
    seed: int,
    output: Path,
    device: str = "cpu",
    threads: int = 2,
) -> None:
    """Score a set and write the files of `table_files` into `output`.

    Parameters
    ----------
    recipe : how the source images were segmented and rendered; synthetic images are treated alike.
        None: their label maps are the user's own
    device : where the networks run; threads : CPU threads, a constant because sums depend on it

    Raises UserError when no test patch of the model can be scored.
    """
    torch.set_num_threads(threads)
    regions, tiles = read_regions(inputs.regions), read_tiles(inputs.tiles)
    scored = set(inputs.made) & set(inputs.real)
    test_ids, train_ids = chosen_patches(regions, scored, inputs.real, config, seed)
    print(f"{len(test_ids)} test patches of {test_ids['image'].nunique()} images", flush=True)
    train_levels = train_level_counts(tiles, len(tiles.info["codes"]))
    again = segmentations_of_set(inputs.again) if inputs.again else not_segmented(regions)
    paths, trivial = _field_paths(inputs, test_ids), trivial_images(train_levels, seed)
    fields = score_fields(
        paths, again, test_ids, regions, trivial, recipe, config.patch_px, inputs.evened
    )
    print("fields read; comparing patches", flush=True)
    train = read_patches(inputs.real, train_ids, config.patch_px, fields.channels)
    networks = load_networks(config, device)
    sides = {side: Patches(test_ids, np.concatenate(unit)) for side, unit in fields.unit.items()}
    rgb = len(fields.channels) == RGB_CHANNELS
    cells = _same_cells(fields, inputs, regions) if recipe else {}
    tables = Tables(
        **_compare(sides, train, cells, networks, rgb, inputs.real_patches, config, seed),
        levels=_level_table(fields, train_levels, tiles),
        intensity_calibration=_calibration_table(fields, inputs, regions),
        morphology=_morphology_table(fields, inputs, regions),
        resegmentation=_resegmentation_table(fields, config),
        label_fidelity=label_fidelity_table(fields.label_fidelity, config),
        memorisation=_memorisation_table(sides, tiles, config, seed),
    )
    settings = _settings(inputs, fields, test_ids, config, seed)
    write_tables(output, tables, settings, [asdict(memorisation_verdict(tables.memorisation))])


def _compare(
    sides: dict[str, Patches],
    train: Patches,
    cells: dict[str, pd.DataFrame],
    networks: Networks,
    rgb: bool,
    real_patches: Path | None,
    config: MetricsConfig,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Return the tables pairs, summary, outliers, set and realism."""
    real = sides["real"]
    known = measured_before(real_patches, real.unit, train.unit, networks, rgb)
    made = {side: sides[side] for side in sides if side != "real"}
    series = made | {REAL: train}
    unit = {name: patches.unit for name, patches in made.items()}
    scores = network_scores(real.unit, unit, networks, rgb).joined(known.scores)
    pairs = pair_table(real, series, scores, config)
    material = Material(real, series, scores, networks.skipped, known.blurred, cells, seed)
    return {
        "pairs": pairs,
        "summary": summary_table(pairs, networks.skipped, config),
        "outliers": outlier_table(pairs, config),
        "set": set_table(scores.features, real, series, networks.skipped, config, seed),
        "realism": realism_table(material, config),
    }


def _same_cells(
    fields: FieldScores, inputs: ScoreInputs, regions: tuple[Region, ...]
) -> dict[str, pd.DataFrame]:
    """Return the cells of every side under the real image's masks, and those of training."""
    tested = sorted(
        {region.image for region in regions if region.split == "test"} & set(inputs.made)
    )
    train = cells_of_training(inputs.real, inputs.segmentations, regions, tested, fields.channels)
    sides = {side: pd.concat(found, ignore_index=True) for side, found in fields.same_cells.items()}
    return sides | {"real_vs_real": train}


def _memorisation_table(
    sides: dict[str, Patches], tiles: TileSet, config: MetricsConfig, seed: int
) -> pd.DataFrame:
    print("looking for copies of training tiles", flush=True)
    return memorisation_table(sides, tiles, config, seed)


def _settings(
    inputs: ScoreInputs,
    fields: FieldScores,
    test_ids: pd.DataFrame,
    config: MetricsConfig,
    seed: int,
) -> dict[str, Any]:
    return {
        "set": inputs.name,
        "seed": seed,
        "channels": list(fields.channels),
        "networks_see": "one RGB picture"
        if len(fields.channels) == RGB_CHANNELS
        else "one grey picture a channel",
        "test_patches": len(test_ids),
        "test_images": sorted(set(test_ids["image"])),
        **config.model_dump(exclude={"weights_dir", "download"}),
    }


def _field_paths(inputs: ScoreInputs, ids: pd.DataFrame) -> dict[str, FieldPaths]:
    return {
        name: FieldPaths(
            inputs.real[name],
            inputs.made[name],
            inputs.labels[name],
            inputs.segmentations[name],
        )
        for name in ids["image"].unique()
    }


def _level_table(fields: FieldScores, train: LevelCounts, tiles: TileSet) -> pd.DataFrame:
    names = [str(code["name"]) for code in tiles.info["codes"]]
    series = {side: fields.levels[side] for side in fields.levels if side != "real"}
    return level_table(
        fields.levels["real"], series | {"real_vs_real": train}, names, list(fields.channels)
    )


def _calibration_table(
    fields: FieldScores, inputs: ScoreInputs, regions: tuple[Region, ...]
) -> pd.DataFrame:
    """Grey values of the camera; the baseline are training regions of other images."""
    return calibration_table(fields.greys + real_rows(fields.greys, inputs.real, regions))


def _morphology_table(
    fields: FieldScores, inputs: ScoreInputs, regions: tuple[Region, ...]
) -> pd.DataFrame:
    """Both sides segmented alike; the baseline compares test with the train regions' own cells."""
    if not fields.cells["real"]:
        return pd.DataFrame(columns=["series", "property"])
    cells = {
        side: pd.concat(found, ignore_index=True) for side, found in fields.cells.items() if found
    }
    real = cells.pop("real")
    train = [
        _train_cells(inputs, image, regions, fields.channels)
        for image in sorted({r.image for r in regions if r.split == "train"} & set(inputs.real))
    ]
    other = {"real_vs_real": pd.concat(train, ignore_index=True)}
    return morphology_table(real, cells | other, other_real="real_vs_real")


def _train_cells(
    inputs: ScoreInputs, image_name: str, regions: tuple[Region, ...], channels: tuple[str, ...]
) -> pd.DataFrame:
    image = read_image(inputs.real[image_name]).with_channels(channels)
    segmentation = read_segmentation(inputs.segmentations[image_name])
    tables = [
        object_table(crop_image(image, region), crop(segmentation, region))
        for region in regions
        if region.image == image_name and region.split == "train"
    ]
    return pd.concat(tables, ignore_index=True)


def _resegmentation_table(fields: FieldScores, config: MetricsConfig) -> pd.DataFrame:
    """One row per image region, series and object, then the overall rows (image "all")."""
    table = pd.DataFrame(fields.resegmentation)
    scored = table[table["status"] == "ok"]
    if scored.empty:
        return table
    whole = overall(scored, config.confidence).assign(status="ok")
    return pd.concat([table, whole], ignore_index=True)
