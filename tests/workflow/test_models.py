"""The models beside pix2pix, through the whole workflow: instances, samples, export, comparison."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from cytoforge.images.ome import read_provenance
from cytoforge.references.label_map_file import read_label_map
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.synthesis.trained import load_trained
from cytoforge.tiles.tile_set import read_tiles
from tests.once import build_once
from tests.workflow.tiny_project import Project, read_json, tiny_config

pytestmark = pytest.mark.slow

BRIEF = {"steps": 2, "validate_every": 2, "batch_size": 2, "precision": "fp32", "cpu_threads": 1}


CUT = [f"results/tiles/{dataset}/leak_check.json" for dataset in ("mixed", "again")]


def models_config() -> dict[str, Any]:
    config = tiny_config()
    del config["references"]["level7"], config["datasets"]["tiles7"]
    config["models"] = {
        "hd": {
            "dataset": "tiles4",
            "model": "pix2pixhd",
            "preset": "fast",
            "training": {
                **BRIEF,
                "generator_filters": 4,
                "downsamplings": 2,
                "blocks": 1,
                "discriminator_filters": 4,
                "lambda_vgg": 0,
                "feature_encoder": True,
                "encoder_filters": 4,
            },
        },
        "oasis": {
            "dataset": "tiles4",
            "model": "oasis",
            "preset": "fast",
            "training": {
                **BRIEF,
                "generator_filters": 4,
                "blocks": 4,
                "noise_channels": 4,
                "spade_filters": 4,
                "discriminator_filters": 4,
                "discriminator_blocks": 3,
            },
            "export": ["onnx", "torch_export"],
        },
        "backwards": {
            "dataset": "tiles4",
            "task": "image_to_labels",
            "preset": "fast",
            "training": {
                **BRIEF,
                "generator": "resnet_6",
                "generator_filters": 4,
                "discriminator_filters": 4,
                "detail_filters": 0,
            },
        },
    }
    config["models"]["maps"] = {
        "dataset": "tiles4",
        "model": "stylegan2",
        "preset": "fast",
        "training": {
            **BRIEF,
            "kimg": None,
            "snapshot_kimg": None,
            "stddev_group": 2,
            "size_px": 32,
            "latent_channels": 4,
            "channel_base": 64,
            "channel_max": 4,
        },
    }
    config["sets"] = {
        "drawn": {"maps_by": "maps", "seeds": "7-8", "truncation": 0.7},
        "oasis_twice": {
            "images_by": "oasis",
            "maps": "real",
            "split": "test",
            "samples": 2,
            "resample": ["nucleus"],
        },
        "both": {"union": ["real", "oasis_all"]},
        "oasis_all": {"images_by": "oasis", "maps": "real"},
    }
    config["references"]["level7"] = {"segmentation": "cells", "levels": 7}
    config["datasets"]["mixed"] = {"set": "both", "reference": "level4", "tile_px": 64}
    config["datasets"]["again"] = {"set": "oasis_all", "reference": "level7", "tile_px": 64}
    return config


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, root: Path, finished: Project) -> Project:
    """The finished tiny project with other models, for which its images and tiles are there."""

    def run(folder: Path) -> None:
        shutil.copytree(finished.folder, folder, symlinks=True, dirs_exist_ok=True)
        project = Project(folder, root)
        project.write_config(models_config())
        done = project.snakemake("all", *CUT)
        assert done.returncode == 0, done.stderr

    return Project(build_once(tmp_path_factory, "models", run), root)


def test_a_second_run_has_nothing_to_do(models: Project):
    assert models.planned() == {}


def test_samples_are_made_of_the_same_map_with_other_seeds(models: Project):
    folder = models.folder / "results" / "sets" / "oasis_twice"
    label_map = next(
        path for path in sorted(folder.glob("fields/*_labels.tif")) if "_s1" not in path.name
    )
    name = label_map.name.removesuffix("_labels.tif")
    second = folder / "fields" / f"{name}_s1"
    assert same(label_map, second.with_name(f"{name}_s1_labels.tif"))
    seeds = [
        int(read_provenance(path)["seed"])
        for path in (label_map.with_name(f"{name}.ome.tif"), second.with_name(f"{name}_s1.ome.tif"))
    ]
    # Two steps leave images so flat that 16 bits may not show it: asked of the generator itself.
    generator = load_trained(models.folder / "results" / "models" / "oasis")
    first, other = (generator.field(read_label_map(label_map), seed) for seed in seeds)
    assert np.abs(first - other).max() > 0


def test_one_more_sample_leaves_the_models_own_set_and_its_scores_alone(
    models: Project, tmp_path: Path
):
    copy = Project(tmp_path / "copy", models.root)
    shutil.copytree(models.folder, copy.folder, symlinks=True)
    config = copy.config()
    config["sets"]["oasis_twice"]["samples"] = 3
    copy.write_config(config)
    planned = copy.planned()
    assert planned["synthesize"] == {"oasis_twice"}
    assert planned["score"] == {"oasis_twice"}


def same(first: Path, second: Path) -> bool:
    return np.array_equal(read_label_map(first), read_label_map(second))


def test_a_model_draws_label_maps_with_their_objects(models: Project):
    folder = models.folder / "results/sets/drawn"
    rows = pd.read_csv(folder / "manifest.csv")
    assert rows["name"].tolist() == ["drawn_0007", "drawn_0008"]
    assert (rows["dropped"] >= 0).all()
    for _, row in rows.iterrows():
        label_map, objects = (
            read_label_map(folder / row["labels"]),
            read_segmentation(folder / row["objects"]),
        )
        assert label_map.shape == objects.shape == (32, 32)
        assert not objects["cells"][label_map <= 1].any()  # gap and background


def test_a_level_drawn_anew_changes_most_where_it_is(models: Project):
    generator = load_trained(models.folder / "results" / "models" / "oasis")
    folder = models.folder / "results" / "sets" / "oasis"
    label_map = read_label_map(next(iter(sorted(folder.glob("fields/*_labels.tif")))))
    nuclei = label_map == 4
    fields = [generator.field(label_map, seed, resampled=nuclei, kept_seed=1) for seed in (1, 2)]
    change = np.abs(fields[0] - fields[1]).mean(axis=0)
    assert change[nuclei].mean() > change[~nuclei].mean()


def test_the_onnx_file_is_the_generator(models: Project):
    results = models.folder / "results"
    facts = read_json(results / "export" / "oasis" / "export.json")
    assert set(facts["files"]) == {"onnx", "torch_export"}
    generator = load_trained(results / "models" / "oasis")
    labels = np.random.default_rng(0).integers(0, generator.n_codes, (2, 64, 64)).astype(np.uint8)
    noise = (
        np.random.default_rng(1)
        .normal(size=(2, generator.sampler.draws["noise"]))
        .astype(np.float32)
    )
    session = onnxruntime.InferenceSession(str(results / "export" / "oasis" / "generator.onnx"))
    image = session.run(None, {"labels": labels, "noise": noise})[0]
    np.testing.assert_allclose(
        image, generator.sample({"labels": labels}, {"noise": noise}), atol=1e-3
    )


def test_the_model_card_says_what_it_was_made_of(models: Project):
    card = read_json(models.folder / "results" / "models" / "hd" / "model_card.json")
    assert (card["model"], card["images_seen"]) == ("pix2pixhd", 4)
    page = (models.folder / "results" / "models" / "hd" / "model_card.md").read_text()
    assert card["weights_sha256"] in page


def test_the_page_ranks_the_models(models: Project):
    page = (models.folder / "results" / "report" / "index.html").read_text()
    for word in ("pix2pixhd", "oasis", "Diversity", "Memorisation", "Label fidelity"):
        assert word.lower() in page.lower(), word


def test_the_other_direction_predicts_label_maps(models: Project):
    results = models.folder / "results"
    predicted = next(iter(sorted(results.glob("sets/backwards/fields/*_labels.tif"))))
    name = predicted.name.removesuffix("_labels.tif")
    truth = read_label_map(results / "references/level4" / f"{name}.tif")
    assert read_label_map(predicted).shape == truth.shape
    table = pd.read_csv(results / "metrics/backwards/agreement.csv")
    pooled = table[table["image"] == "all"].set_index("code")
    assert pooled["f1"].between(0, 1).all()
    assert "Label maps of images" in (models.folder / "results/report/index.html").read_text()


def test_a_data_set_of_real_and_made_images_keeps_their_splits(models: Project):
    results = models.folder / "results"
    assert read_json(results / "tiles/mixed/leak_check.json")["passed"]
    mixed, real = (read_tiles(results / "tiles" / name) for name in ("mixed", "tiles4"))
    splits = {row.image: row.split for row in real.manifest}
    assert {row.image: row.split for row in mixed.manifest} == {
        **splits,
        **{f"oasis_all_{name}": split for name, split in splits.items()},
    }
    # The made images were generated of the very maps that the real ones have.
    places = [(row.image, row.row, row.col) for row in mixed.manifest]
    labels = dict(zip(places, mixed.planes["labels"], strict=True))
    for (name, row, col), tile in labels.items():
        assert np.array_equal(tile, labels[name.removeprefix("oasis_all_"), row, col])


def test_maps_of_another_table_are_rendered_from_the_made_images(models: Project):
    folder = models.folder / "results/sets/oasis_all"
    tiles = read_tiles(models.folder / "results/tiles/again")
    assert len(tiles.codes) == 8
    first = tiles.manifest[0]
    rendered = read_label_map(folder / f"references/level7/{first.image}.tif")
    box = rendered[first.row : first.row + 64, first.col : first.col + 64]
    assert np.array_equal(tiles["labels"][0], box)
