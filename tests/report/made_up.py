"""A results folder with made-up content in the real formats, small enough for a test."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image as PillowImage

from cytoforge.config.load import load_config
from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.references import ReferenceConfig
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import write_image
from cytoforge.metrics.compare import compare
from cytoforge.metrics.estimates import Subject
from cytoforge.metrics.intensity_calibration import calibration_table
from cytoforge.metrics.label_fidelity import label_fidelity_table
from cytoforge.metrics.pairs import outlier_table, summary_table
from cytoforge.metrics.realism_table import COLUMNS
from cytoforge.metrics.registry import PAIR_METRICS, SET_METRICS, measures
from cytoforge.metrics.score_tables import read_scores
from cytoforge.metrics.write import Tables, write_tables
from cytoforge.pretrained.weights import Missing
from cytoforge.references.bounds_file import record_bounds, write_bounds
from cytoforge.references.codes import code_table, codes_to_rows, write_codes
from cytoforge.references.label_map_file import write_label_map
from cytoforge.segmentation.checks.judge import write_results
from cytoforge.segmentation.checks.result import CheckResult
from cytoforge.split.region import Region
from cytoforge.split.regions_file import write_regions

CHANNELS = ("dna", "actin")
LEVELS = (4, 7)
PATCH_PX = 32
SHARP = CheckResult("sharp edges", True, 0.1, "at least 0.03", "outlines are sharp")
SERIES = {"generator": 1.0, "class_means": 1.4, "grainy_means": 1.3, "real_vs_real": 1.6}
NO_WEIGHTS = Missing("no Inception weights", "put pt_inception.pth into metrics.weights_dir")
# Typical values, so that pictures of the page made from this look like those of a real run.
TYPICAL = {"psnr": 20, "mse": 800, "mae": 20, "gradient_error": 60, "cross_entropy": 5}


def made_up_config(title: str = "Two generators <compared>") -> dict[str, Any]:
    """Return a whole config of two models as plain values."""
    raw: dict[str, Any] = {
        "images": {"channels": list(CHANNELS)},
        "split": {"by": "blocks", "guard_px": 4, "block_px": 32},
        "segmentations": {"cells": {"method": "watershed"}},
        "references": {f"level{n}": {"segmentation": "cells", "levels": n} for n in LEVELS},
        "datasets": {f"tiles{n}": {"reference": f"level{n}", "tile_px": 32} for n in LEVELS},
        "models": {f"pix2pix{n}": {"dataset": f"tiles{n}", "preset": "fast"} for n in LEVELS},
        "metrics": {"patch_px": PATCH_PX},
        "report": {"title": title, "examples": 2},
    }
    return load_config(raw).model_dump(mode="json")


def made_up_results(
    root: Path,
    fields: dict[str, np.ndarray] | None = None,
    config: dict[str, Any] | None = None,
) -> Path:
    """Write results for fields (C, Y, X) in [0, 1] by image name; by default two of noise."""
    random = np.random.default_rng(7)
    fields = fields or {name: random.random((2, 64, 96)) for name in ("field1", "field2")}
    regions = []
    for name, unit in fields.items():
        height, width = unit.shape[1:]
        half = width // 2
        regions += [
            Region(name, "train", 0, 0, height, half - 4, name),
            Region(name, "test", 0, half, height, width, name),
        ]
        write_image(root / "images" / f"{name}.ome.tif", _image(name, unit))
        _picture(root / "segmentation" / "cells" / f"{name}.png", unit)
    write_regions(root / "split" / "regions.csv", regions)
    write_results(root / "checks" / "cells.csv", {name: [SHARP] for name in fields})
    for number, levels in enumerate(LEVELS):
        _reference(root, levels, fields)
        _tiles(root, levels, list(fields))
        _model(root, levels)
        _synthesis(root, levels, fields, random)
        _scores(root / "metrics" / f"pix2pix{levels}", regions, number, random)
    benchmark = root / "benchmarks" / "train" / "pix2pix4.tsv"
    benchmark.parent.mkdir(parents=True)
    benchmark.write_text("s\th:m:s\tmax_rss\n64.5\t0:01:04\t1200.25\n", encoding="utf-8")
    compare_models(root, config or made_up_config())
    return root


def compare_models(root: Path, config: dict[str, Any]) -> None:
    """Write the tables of the comparison, as the rule does."""
    compare(subjects(root, config), 0.95, root / "comparison")


def subjects(root: Path, config: dict[str, Any]) -> list[Subject]:
    """Return the models that the config names."""
    return [
        Subject(
            dataset=block["dataset"],
            architecture=block["model"],
            preset=block["preset"],
            folder=root / "models" / name,
            scores=read_scores(name, root / "metrics" / name),
        )
        for name, block in config["models"].items()
    ]


def _image(name: str, unit: np.ndarray) -> Image:
    ranges = (ChannelRange(0, 255, "percentile"),) * len(unit)
    return Image(name, (np.clip(unit, 0, 1) * 255).astype(np.uint8), CHANNELS, ranges, 0.65)


def _picture(path: Path, unit: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    grey = (np.clip(unit.mean(axis=0), 0, 1) * 255).astype(np.uint8)
    PillowImage.fromarray(np.stack([grey] * 3, axis=-1)).save(path)


def _label_map(unit: np.ndarray, n_codes: int) -> np.ndarray:
    return np.clip(unit.mean(axis=0) * n_codes, 0, n_codes - 1).astype(np.uint8)


def _reference(root: Path, levels: int, fields: dict[str, np.ndarray]) -> None:
    folder = root / "references" / f"level{levels}"
    config = ReferenceConfig(segmentation="cells", levels=levels)
    codes = code_table(config)
    write_codes(folder / "codes.json", codes)
    for name, unit in fields.items():
        write_label_map(folder / f"{name}.tif", _label_map(unit, len(codes)), 0.65)
    if levels > 4:
        means = {"field1": np.random.default_rng(1).normal(80, 12, 500)}
        write_bounds(folder / "bounds.json", record_bounds(means, config))


def _tiles(root: Path, levels: int, images: list[str]) -> None:
    folder = root / "tiles" / f"tiles{levels}"
    codes = code_table(ReferenceConfig(segmentation="cells", levels=levels))
    info = {"codes": codes_to_rows(codes), "placements": [], "tile_px": PATCH_PX}
    _json(folder / "dataset.json", info)
    splits = {"train": 40, "val": 0, "test": 8}
    proof = {
        "passed": True,
        "split_by": "blocks",
        "tiles": splits,
        "images": dict.fromkeys(splits, len(images)),
        "groups": dict.fromkeys(splits, images),
        "images_in_several_splits": len(images),
        "smallest_region_distance_px": {"train and val": 32, "train and test": 196},
        "smallest_tile_distance_px": 34,
        "blank_tiles_with_equal_content": 0,
        "most_alike_tiles": None,
    }
    _json(folder / "leak_check.json", proof)


def _model(root: Path, levels: int) -> None:
    folder = root / "models" / f"pix2pix{levels}"
    rows = []
    for step in range(0, 200, 10):
        fall = 1 / (1 + step / 40)
        scored = step % 50 == 40
        rows.append(
            {"step": step, "epoch": step // 40, "images_seen": step, "learning_rate": 2e-4,
             "g_gan": 0.7 + 0.4 * fall, "g_l1": 0.4 * fall, "d_real": 0.6, "d_fake": 0.5 + fall / 9,
             "val_l1": 0.3 * fall if scored else "", "val_lpips": 0.6 * fall if scored else ""}
        )  # fmt: skip
    folder.mkdir(parents=True)
    with (folder / "history.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    training = {"batch_size": 4, "select_by": "lpips"}
    best = {"best_step": 190, "best_score": 0.31}
    model = {"training": training, "tile_px": 32, "weights_sha256": "ab" * 32, **best}
    _json(folder / "model.json", model)
    _json(
        folder / "training.json",
        {"seconds": 64.5, "steps": 200, "train_tiles": 40, "val_tiles": 0,
         "parameters": {"generator": 1_200_300}, "device": "cpu, 2 threads", "precision": "fp32"},
    )  # fmt: skip
    sheet = np.random.default_rng(levels).integers(0, 255, (60, 90, 3)).astype(np.uint8)
    PillowImage.fromarray(sheet).save(folder / "samples.png")


def _synthesis(
    root: Path, levels: int, fields: dict[str, np.ndarray], random: np.random.Generator
) -> None:
    folder = root / "sets" / f"pix2pix{levels}"
    rows = []
    for name, unit in fields.items():
        near = unit + random.normal(0, 0.4 / levels, unit.shape)
        write_image(folder / f"{name}.ome.tif", _image(name, near))
        rows.append(
            {"name": name, "source": name,
             "image": f"{name}.ome.tif", "labels": f"{name}_labels.tif",
             "seam_ratio": "1.0130", "weights_sha256": "ab" * 32, "settings": "0123456789abcdef",
             "label_map": f"results/references/level{levels}/{name}.tif"}
        )  # fmt: skip
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _scores(folder: Path, regions: list[Region], number: int, random: np.random.Generator) -> None:
    config = MetricsConfig(patch_px=PATCH_PX)
    places = [
        (region.image, row, col)
        for region in regions
        if region.split == "test"
        for row in range(region.row0, region.row1 - PATCH_PX + 1, PATCH_PX)
        for col in range(region.col0, region.col1 - PATCH_PX + 1, PATCH_PX)
    ]
    tables = []
    for series, factor in SERIES.items():
        table = pd.DataFrame(places, columns=["image", "row", "col"])
        table["group"] = table["image"]
        table["real_sd"] = 0.29  # of noise from 0 to 1
        table.insert(0, "series", series)
        for metric in PAIR_METRICS:
            typical = TYPICAL.get(metric.name, 0.4) * factor * (1 - 0.1 * number)
            table[metric.name] = typical * random.lognormal(0, 0.15, len(table))
        table["psnr_capped"] = False
        tables.append(table)
    pairs = pd.concat(tables, ignore_index=True)
    sets = pd.DataFrame(
        [
            {"series": series, "metric": metric.name, "value": None, "status": str(NO_WEIGHTS)}
            if metric.weights == "inception"
            else {"series": series, "metric": metric.name, "value": 12.5 * factor,
                  "n_real": 8, "n": 8, "status": "ok"}
            for series, factor in SERIES.items()
            for metric in SET_METRICS
        ]
    )  # fmt: skip
    summary = summary_table(pairs, {"inception": NO_WEIGHTS}, config)
    judged = [{"name": "copies_no_training_tiles", "passed": True, "text": "2 of 48 are near"}]
    label_fidelity = label_fidelity_table(_counts(regions, number), config)
    frames = Tables(
        pairs,
        summary,
        outlier_table(pairs, config),
        sets,
        *_cell_tables(),
        label_fidelity,
        _memorisation(places, random),
        realism=_realism(number),
        intensity_calibration=calibration_table(_greys(number)),
    )
    folder.mkdir(parents=True)
    _diversity(number).to_csv(folder / "diversity.csv", index=False)
    write_tables(folder, frames, {"patch_px": PATCH_PX}, judged)


def _greys(number: int) -> list[dict[str, Any]]:
    """Generators of more levels are brighter: 110, 120 and 130 for 100."""
    means = {"generator": 110 + 10 * number, "class_means": 105, "real_vs_real": 90}
    return [
        {"series": series, "image": "a", "channel": "dna", "real_mean": 100, "mean": mean}
        | {"bias": mean - 100, "ratio": mean / 100, "real_sd": 20, "sd": 10, "sd_ratio": 0.5}
        for series, mean in means.items()
    ]


def _counts(regions: list[Region], number: int) -> list[dict[str, Any]]:
    """Label fidelity: 900 of 1,000 pixels in the real image, fewer in synthetic ones."""
    found = {"real": 900, "generator": 700 + 50 * number, "class_means": 800}
    return [
        {"image": region.image, "group": region.image, "series": series, "code": code, "name": name,
         "both": both, "pixels": 1000, "found": 1000}
        for region in regions if region.split == "test"
        for series, both in found.items()
        for code, name in enumerate(("gap", "cell_rim"))
    ]  # fmt: skip


def _memorisation(places: list[tuple[str, int, int]], random: np.random.Generator) -> pd.DataFrame:
    """Planted copies are far nearer to training tiles; as many as a verdict needs."""
    rows = [
        {"series": series, "image": image, "row": row, "col": col,
         "ratio": typical * random.lognormal(0, 0.1), "correlation": 0.6,
         "held_out_correlation": 0.5, "train_image": "field1", "train_row": 0,
         "train_col": 8, "symmetry": "90°, flipped", "status": "ok"}
        for series, typical in (("generator", 1.0), ("real", 1.0), ("planted", 0.2))
        for image, row, col in 5 * places
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _realism(number: int) -> pd.DataFrame:
    """Class means are farther than any blur; two real sets have 1 in every measure."""
    values = {"generator": 0.25 * (1 + number), "class_means": 0.125, "real_vs_real": 1.0}
    rows = []
    for metric in measures():
        for series, value in values.items():
            row = {"measure": metric.name, "series": series, "n": 8, "n_units": 2}
            if metric.weights == "inception":
                row |= {"status": str(NO_WEIGHTS)}
            elif metric.name.startswith("blur_of_") and series == "class_means":
                row |= {"status": "farther than real patches blurred by 8 px"}
            else:
                row |= {
                    "value": value,
                    "low": 0.1,
                    "high": 1.5,
                    "interval": "range of 2 images",
                    "unit_values": "0.1 1.5",
                    "status": "ok",
                }
            rows.append(row)
    return pd.DataFrame(rows).reindex(columns=COLUMNS)


def _diversity(number: int) -> pd.DataFrame:
    """The first generator makes one image per map, the second different ones."""
    status = "ok" if number else "deterministic: every sample of a label map is the same image"
    rows = [
        {"series": "generator", "metric": metric, "image": image, "pairs": 6,
         "value": 0.1 * number, "interval": "range of 2 images", "unit_values": "0.09 0.11",
         "low": 0.09 * number, "high": 0.11 * number,
         "status": status if image == "all" else "ok"}
        for metric in ("lpips_alex", "lpips_vgg") for image in ("field1", "field2", "all")
    ]  # fmt: skip
    real = {"series": "real_pairs", "image": "all", "pairs": 28, "value": 0.5, "status": "ok"}
    return pd.DataFrame([*rows, *({**real, "metric": m} for m in ("lpips_alex", "lpips_vgg"))])


def _cell_tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    levels = [
        {"series": series, "code": code, "level": name, "channel": channel, "real_pixels": 900,
         "real_mean": 0.4, "real_sd": 0.1, "real_gradient_energy": 0.01, "series_mean": 0.41,
         "series_sd": 0.09, "series_gradient_energy": 0.008, "wasserstein": 0.02}
        for series in SERIES for code, name in enumerate(("gap", "background"))
        for channel in CHANNELS
    ]  # fmt: skip
    morphology = [
        {"series": series, "property": name, "n_real": 300, "n": 290, "real_mean": 210.0,
         "mean": 205.5, "wasserstein": 6.1, "wasserstein_sd": 0.11, "ks": 0.07,
         "other_real_sd": 0.12}
        for series in SERIES for name in ("area_px", "eccentricity")
    ]  # fmt: skip
    again = [
        {"image": "all", "series": series, "object": name, "dice": 0.9, "tp": 90, "fp": 8,
         "fn": 7, "f1": f1, "f1_80": f1 - 0.1, "precision": f1, "recall": f1, "status": "ok"}
        for series, f1 in (("real", 0.97), ("generator", 0.91), ("class_means", 0.95))
        for name in ("nuclei", "cells")
    ]  # fmt: skip
    return pd.DataFrame(levels), pd.DataFrame(morphology), pd.DataFrame(again)


def _json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
