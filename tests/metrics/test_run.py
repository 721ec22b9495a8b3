"""A whole score on tiny made-up fields, with a segmenter that only thresholds."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import ndimage

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.references import ReferenceConfig
from cytoforge.config.segmentation import GapConfig
from cytoforge.config.tiles import DatasetConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import read_image, write_image
from cytoforge.metrics import real_patches, run
from cytoforge.metrics.field_patches import OWN_MAPS
from cytoforge.metrics.label_fidelity import MapRecipe
from cytoforge.metrics.pretrained_scores import Networks
from cytoforge.metrics.real_patches import measure_real_patches
from cytoforge.metrics.region_images import cut_regions, field_paths
from cytoforge.metrics.run import ScoreInputs, score
from cytoforge.metrics.write import table_files
from cytoforge.pretrained.lpips import Lpips
from cytoforge.pretrained.trunk import Trunk
from cytoforge.pretrained.weights import Missing
from cytoforge.references.codes import Code
from cytoforge.references.label_map_file import write_label_map
from cytoforge.segmentation import of_set
from cytoforge.segmentation.methods.labels.config import LabelsConfig
from cytoforge.segmentation.methods.watershed import segment as watershed
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.segmentation.segmentation_file import write_segmentation
from cytoforge.split.region import Region
from cytoforge.split.regions_file import read_regions, write_regions
from cytoforge.tiles.dataset import write_tiles
from tests.segmentations import cells_and_gap

CODES = (
    Code(0, "gap", "gap", None, (0, 0, 0)),
    Code(1, "cytoplasm", "cytoplasm", None, (0, 255, 0)),
)
HEIGHT, WIDTH = 96, 160
CONFIG = MetricsConfig(patch_px=32)
TABLE = ReferenceConfig.model_validate(
    {"segmentation": "cells", "levels": [{"name": "cytoplasm", "region": "cytoplasm"}]}
)
RECIPE = MapRecipe(WatershedConfig(gap=GapConfig(enabled=True)), TABLE, "actin")


def threshold(image: Image, known: object = None, config: object = None) -> Segmentation:
    """Bright spots of the first channel are cells and nuclei alike."""
    labels, _ = ndimage.label(image.pixels[0] > 100)
    labels = labels.astype(np.int32)
    return cells_and_gap(labels, labels, np.zeros(labels.shape, bool), 6, 8, "threshold")


def made_up_field(name: str) -> Image:
    """Bright squares of 8 px every 16 px on noise, two channels."""
    random = np.random.default_rng(list(name.encode()))
    pixels = random.integers(0, 60, (2, HEIGHT, WIDTH))
    for row in range(4, HEIGHT, 16):
        for col in range(4, WIDTH, 16):
            pixels[:, row : row + 8, col : col + 8] += 150
    ranges = (ChannelRange(0, 255, "none"),) * 2
    return Image(name, pixels.astype(np.uint8), ("dna", "actin"), ranges, 0.5)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> ScoreInputs:
    """Two fields, the right 64 columns of each for testing; synthetic is real with other noise."""
    root = tmp_path_factory.mktemp("results")
    regions, sources = [], []
    paths: dict[str, dict[str, Path]] = {k: {} for k in ("real", "fake", "labels", "cells")}
    for name in ("one", "two"):
        image, other = made_up_field(name), made_up_field(f"{name} again")
        label_map = (image.pixels[0] > 100).astype(np.uint8)
        for kind in paths:
            paths[kind][name] = root / kind / f"{name}.ome.tif"
        write_image(paths["real"][name], image)
        write_image(paths["fake"][name], replace(other, name=name))
        write_label_map(paths["labels"][name], label_map)
        write_segmentation(paths["cells"][name], threshold(image))
        regions += [
            Region(name, "train", 0, 0, HEIGHT, 96, name),
            Region(name, "test", 0, 96, HEIGHT, WIDTH, name),
        ]
        sources.append((image, label_map, label_map.astype(np.int32)))
    write_regions(root / "regions.csv", regions)
    config = DatasetConfig.model_validate({"reference": "levels", "tile_px": 32})
    write_tiles(root / "tiles", sources, regions, config, CODES, seed=1)
    return ScoreInputs(
        "tiny",
        paths["fake"],
        paths["real"],
        paths["labels"],
        paths["cells"],
        root / "regions" / "segmentation",
        root / "regions.csv",
        root / "tiles",
    )


def scored(
    inputs: ScoreInputs, output: Path, config: MetricsConfig = CONFIG, recipe: MapRecipe = RECIPE
) -> dict:
    """Cut the test regions, segment them, and score: three jobs of the workflow."""
    folder = output / "regions"
    sides = (inputs.real, inputs.labels, inputs.segmentations)
    paths = field_paths(inputs.made, *(list(files.values()) for files in sides))
    cut_regions(paths, read_regions(inputs.regions), inputs.tiles, folder, seed=1)
    again = folder / "segmentation.csv"
    of_set.segment_set(folder / "manifest.csv", inputs.segmentations, recipe.segmentation, again)
    score(replace(inputs, again=again), recipe, config, seed=1, output=output, threads=1)
    return json.loads((output / "scores.json").read_text())


@pytest.fixture
def segmenter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_set, "segment_like", threshold)


@pytest.mark.usefixtures("segmenter", "no_weights")
def test_every_table_is_written_and_every_series_is_in_it(inputs: ScoreInputs, tmp_path: Path):
    found = scored(inputs, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == sorted(
        table_files()
    )
    guards = {"generator", "class_means", "grainy_means", "real_vs_real"}
    for name in ("pairs", "summary", "set", "levels", "morphology", "realism"):
        assert set(pd.read_csv(tmp_path / f"{name}.csv")["series"]) == guards, name
    for name in ("resegmentation", "label_fidelity"):
        series = set(pd.read_csv(tmp_path / f"{name}.csv")["series"])
        assert series == {"real", "generator", "class_means", "grainy_means"}, name
    assert found["settings"]["test_patches"] == 2 * 3 * 2


@pytest.mark.usefixtures("segmenter", "no_weights")
def test_without_weights_the_score_says_what_was_skipped(inputs: ScoreInputs, tmp_path: Path):
    found = scored(inputs, tmp_path)
    assert set(found["skipped"]) == {
        "lpips_vgg",
        "lpips_alex",
        "vgg16_frechet",
        "vgg16_kernel",
        "fid",
        "kid",
    }
    assert all(reason.startswith("skipped: ") for reason in found["skipped"].values())
    assert any("4 of 5" in note or "2 of 5" in note for note in found["notes"])


@pytest.mark.usefixtures("segmenter", "no_weights")
def test_what_is_built_to_agree_agrees(inputs: ScoreInputs, tmp_path: Path):
    found = scored(inputs, tmp_path)
    overall = [row for row in found["resegmentation"] if row["image"] == "all"]
    # Cells of the synthetic and the class means fields lie where the label map has them.
    clean = [row for row in overall if row["series"] != "grainy_means"]
    assert {row["f1"] for row in clean if row["object"] != "gap"} == {1.0}
    fidelity = [row for row in found["label_fidelity"] if row["series"] != "grainy_means"]
    assert {row["f1"] for row in fidelity} == {1.0}
    means = {
        (row["level"], row["channel"]): (row["series_mean"], row["series_sd"])
        for row in found["levels"]
        if row["series"] == "class_means"
    }
    assert means["gap", "dna"] == (pytest.approx(29.5 / 255, abs=0.01), pytest.approx(0, abs=1e-6))


@pytest.mark.usefixtures("segmenter", "no_weights")
def test_the_same_inputs_give_the_same_bytes(inputs: ScoreInputs, tmp_path: Path):
    scored(inputs, tmp_path / "first")
    scored(inputs, tmp_path / "second")
    for name in table_files():
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


@pytest.mark.usefixtures("segmenter", "no_weights")
def test_more_patches_than_allowed_are_drawn_by_seed(inputs: ScoreInputs, tmp_path: Path):
    found = scored(inputs, tmp_path, CONFIG.model_copy(update={"max_patches": 5}))
    assert found["settings"]["test_patches"] == 5
    assert len(pd.read_csv(tmp_path / "pairs.csv")) == 20


@pytest.mark.usefixtures("segmenter", "no_weights")
def test_regions_smaller_than_a_patch_are_an_error_before_work(inputs: ScoreInputs, tmp_path: Path):
    with pytest.raises(UserError, match="patch_px"):
        scored(inputs, tmp_path, CONFIG.model_copy(update={"patch_px": 512}))


@pytest.mark.usefixtures("no_weights")
def test_own_labels_cannot_be_segmented_again(inputs: ScoreInputs, tmp_path: Path):
    recipe = replace(RECIPE, segmentation=LabelsConfig())
    found = scored(inputs, tmp_path, recipe=recipe)
    for name in ("resegmentation", "label_fidelity"):
        assert {row["status"].split(":")[0] for row in found[name]} == {"skipped"}, name
    assert found["morphology"] == []


@pytest.mark.usefixtures("segmenter", "no_weights")
def test_a_synthetic_image_of_another_size_is_named(inputs: ScoreInputs, tmp_path: Path):
    small = made_up_field("one")
    small = replace(small, pixels=small.pixels[:, :-1])
    write_image(tmp_path / "small.ome.tif", small)
    with pytest.raises(UserError, match=r"small\.ome\.tif"):
        scored(
            replace(inputs, made={**inputs.made, "one": tmp_path / "small.ome.tif"}),
            tmp_path / "scores",
        )


@pytest.mark.usefixtures("no_weights")
def test_a_segmenter_that_cannot_run_here_is_skipped_with_its_reason(
    inputs: ScoreInputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def elsewhere(image: Image, known: object, config: object) -> Segmentation:
        raise UserError("cellpose", "the package", "not installed", "Use envs/cellpose.yaml")

    monkeypatch.setattr(of_set, "segment_like", elsewhere)
    found = scored(inputs, tmp_path)
    reasons = {row["status"] for row in found["resegmentation"]}
    assert reasons == {"skipped: not installed. Use envs/cellpose.yaml"}


@pytest.mark.usefixtures("no_weights")
def test_an_image_without_cells_agrees_with_nothing(
    inputs: ScoreInputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # As the registry's own `segment` does with every image of this method.
    nothing = np.zeros((HEIGHT, WIDTH - 96), np.int32)
    planes = {"nuclei": nothing, "cells": nothing}
    monkeypatch.setattr(watershed, "segment", lambda *_: (planes, "none"))
    found = scored(inputs, tmp_path)
    cells = [row for row in found["resegmentation"] if row["object"] == "cells"]
    assert {row["f1"] for row in cells} == {0.0}
    assert {row["status"] for row in cells} == {"ok"}
    levels = {row["name"]: row["f1"] for row in found["label_fidelity"] if row["image"] == "all"}
    assert levels["cytoplasm"] == 0
    assert {row["n"] for row in found["morphology"] if row["series"] == "generator"} == {0}


@pytest.mark.usefixtures("segmenter", "no_weights")
def test_realism_is_measured_cell_by_cell_and_copies_are_looked_for(
    inputs: ScoreInputs, tmp_path: Path
):
    """Made fields are real ones with other noise: as bright and as sharp, and no copies."""
    found = scored(inputs, tmp_path)
    value = {(row["measure"], row["series"]): row["value"] for row in found["realism"]}
    assert value["cell_intensity", "generator"] == pytest.approx(1, abs=0.02)
    assert value["power_2px", "generator"] == pytest.approx(1, abs=0.2)
    assert value["power_2px", "class_means"] != pytest.approx(1, abs=0.2)
    assert value["precision", "generator"] is None  # no weights
    assert {row["series"] for row in found["memorisation"]} == {"generator", "real", "planted"}
    verdict = {row["name"]: row["text"] for row in found["verdicts"]}["copies_no_training_tiles"]
    assert verdict.startswith("needs 20 test patches")


@pytest.mark.usefixtures("no_weights")
def test_of_the_users_own_maps_what_needs_cells_is_skipped_with_a_sentence(
    inputs: ScoreInputs, tmp_path: Path
):
    score(replace(inputs, again=None), None, CONFIG, seed=1, output=tmp_path, threads=1)
    found = json.loads((tmp_path / "scores.json").read_text())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(table_files())
    for name in ("resegmentation", "label_fidelity"):
        assert {row["status"] for row in found[name]} == {OWN_MAPS}, name
    cells = [row for row in found["realism"] if row["measure"].startswith("cell_")]
    assert {row["status"] for row in cells} == {
        "skipped: no objects that could be measured one by one"
    }
    assert found["morphology"] == []
    assert all(row["status"] == "ok" for row in found["summary"] if row["metric"] == "mse")


@pytest.mark.usefixtures("no_weights")
def test_a_channel_for_segmentation_only_is_not_scored(inputs: ScoreInputs, tmp_path: Path):
    with_marker = {}
    for name, path in inputs.real.items():
        image = read_image(path)
        pixels = np.concatenate([image.pixels[:1] // 2 + 9, image.pixels])
        with_marker[name] = tmp_path / "real" / f"{name}.ome.tif"
        channels, ranges = ("marker", *image.channels), (image.ranges[0], *image.ranges)
        write_image(
            with_marker[name], replace(image, pixels=pixels, channels=channels, ranges=ranges)
        )
    found = scored(replace(inputs, real=with_marker), tmp_path / "scores")
    assert {row["channel"] for row in found["levels"]} == {"dna", "actin"}
    assert {row["channel"] for row in found["intensity_calibration"]} == {"dna", "actin"}
    assert not any("marker" in row["property"] for row in found["morphology"])
    assert any("actin" in row["property"] for row in found["morphology"])


@pytest.mark.usefixtures("no_weights")
def test_what_is_segmented_by_a_channel_that_is_not_made_is_skipped_with_it_named(
    inputs: ScoreInputs, tmp_path: Path
):
    segmentation = RECIPE.segmentation.model_copy(update={"nuclei_channel": "marker"})
    found = scored(inputs, tmp_path, recipe=replace(RECIPE, segmentation=segmentation))
    assert {row["status"] for row in found["resegmentation"]} == {
        "skipped: segmented by marker, which these images do not have"
    }


@pytest.fixture
def alexnet(monkeypatch: pytest.MonkeyPatch) -> None:
    """One network, with weights of chance."""
    torch.manual_seed(0)
    trunk, none = Trunk("alexnet").eval(), Missing("not here", "not needed")
    networks = Networks({"alex": Lpips("alex", trunk), "vgg": none}, none, torch.device("cpu"))
    for module in (run, real_patches):
        monkeypatch.setattr(module, "load_networks", lambda config, device="cpu": networks)


def measured(inputs: ScoreInputs, path: Path, seed: int = 1) -> ScoreInputs:
    """The same with what a job of its own has measured of the real patches."""
    measure_real_patches(
        inputs.real, inputs.regions, ["one", "two"], ("dna", "actin"), CONFIG, seed, path, threads=1
    )
    return replace(inputs, real_patches=path)


@pytest.mark.usefixtures("segmenter", "alexnet")
def test_a_score_takes_what_was_measured_of_real_patches_before(
    inputs: ScoreInputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    scored(inputs, tmp_path / "alone")
    before = measured(inputs, tmp_path / "real.safetensors")
    monkeypatch.delattr(real_patches, "blur_ladder")  # which alone would measure them again
    scored(before, tmp_path / "shared")
    for name in table_files():
        assert (tmp_path / "alone" / name).read_bytes() == (tmp_path / "shared" / name).read_bytes()


@pytest.mark.usefixtures("segmenter", "alexnet")
def test_what_was_measured_of_other_patches_is_not_taken(
    inputs: ScoreInputs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    scored(inputs, tmp_path / "alone")
    other = measured(inputs, tmp_path / "real.safetensors", seed=2)  # other train patches
    scored(other, tmp_path / "again")
    assert "of other patches or networks: measured again" in capsys.readouterr().out
    tables = (tmp_path / name / "pairs.csv" for name in ("alone", "again"))
    assert len({table.read_bytes() for table in tables}) == 1
