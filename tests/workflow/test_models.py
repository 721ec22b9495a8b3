"""The models beside pix2pix, through the whole workflow: instances, samples, export, comparison."""

from typing import Any

import numpy as np
import onnxruntime
import pytest

from cytoforge.images.ome import read_image
from cytoforge.references.files import read_label_map
from cytoforge.synthesis.generator import load_generator
from tests.workflow.tiny_project import Project, make_project, read_json, tiny_config

pytestmark = pytest.mark.slow

BRIEF = {"steps": 2, "validate_every": 2, "batch_size": 2, "precision": "fp32", "cpu_threads": 1}


def models_config() -> dict[str, Any]:
    config = tiny_config()
    del config["references"]["level7"], config["datasets"]["tiles7"]
    config["experiments"] = {
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
            "synthesis": {"samples": 2},
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
            "synthesis": {"samples": 2, "resample": ["nucleus"]},
            "export": ["onnx", "torch_export"],
        },
    }
    return config


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, root) -> Project:
    project = make_project(tmp_path_factory.mktemp("models"), root)
    project.write_config(models_config())
    done = project.snakemake()
    assert done.returncode == 0, done.stderr
    return project


def test_a_second_run_has_nothing_to_do(models: Project):
    assert models.planned() == {}


@pytest.mark.parametrize("experiment", ["hd", "oasis"])
def test_samples_of_one_map_differ(models: Project, experiment: str):
    folder = models.folder / "results" / "synthesis" / experiment
    first = next(path for path in sorted(folder.glob("*.ome.tif")))
    name = first.name.removesuffix(".ome.tif")
    second = folder / "samples" / f"{name}_s1.ome.tif"
    assert not np.array_equal(read_image(first).pixels, read_image(second).pixels)


def test_a_level_drawn_anew_leaves_what_lies_far_from_it(models: Project):
    folder = models.folder / "results" / "synthesis" / "oasis"
    name = next(p.name.removesuffix(".ome.tif") for p in sorted(folder.glob("*.ome.tif")))
    pair = folder / f"{name}.ome.tif", folder / "samples" / f"{name}_s1.ome.tif"
    first, second = (read_image(path).pixels.astype(float) for path in pair)
    nuclei = read_label_map(folder / f"{name}_labels.tif") == 4
    change = np.abs(first - second).mean(axis=0)
    assert change[nuclei].mean() > change[~nuclei].mean()


def test_the_onnx_file_is_the_generator(models: Project):
    results = models.folder / "results"
    facts = read_json(results / "export" / "oasis" / "export.json")
    assert set(facts["files"]) == {"onnx", "torch_export"}
    generator = load_generator(results / "models" / "oasis")
    labels = np.random.default_rng(0).integers(0, generator.n_codes, (2, 64, 64)).astype(np.uint8)
    noise = np.random.default_rng(1).normal(size=(2, generator.spec.noise)).astype(np.float32)
    session = onnxruntime.InferenceSession(str(results / "export" / "oasis" / "generator.onnx"))
    image = session.run(None, {"labels": labels, "noise": noise})[0]
    np.testing.assert_allclose(image, generator(labels, noise=noise), atol=1e-3)


def test_the_model_card_says_what_it_was_made_of(models: Project):
    card = read_json(models.folder / "results" / "models" / "hd" / "model_card.json")
    assert (card["model"], card["images_seen"]) == ("pix2pixhd", 4)
    page = (models.folder / "results" / "models" / "hd" / "model_card.md").read_text()
    assert card["weights_sha256"] in page


def test_the_page_ranks_the_models(models: Project):
    page = (models.folder / "results" / "report" / "index.html").read_text()
    for word in ("pix2pixhd", "oasis", "Diversity", "Memoris", "Controllab"):
        assert word.lower() in page.lower(), word
