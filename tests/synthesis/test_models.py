"""Every model's folder is loaded by its name and makes fields; samples differ as the model can."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from cytoforge.config.models import SynthesisConfig
from cytoforge.config.training import model_names
from cytoforge.images.ome import read_image, read_provenance
from cytoforge.references.codes import codes_to_rows
from cytoforge.references.label_map_file import write_label_map
from cytoforge.references.own.classes import MapClass, class_codes
from cytoforge.segmentation.segmentation_file import write_segmentation
from cytoforge.synthesis.run import SetRequest, make_set
from cytoforge.synthesis.trained import load_trained
from tests.segmentations import cells_and_gap
from tests.synthesis.models import N_CODES, write_model

TINY: dict[str, dict[str, Any]] = {
    "pix2pix": {"generator": "unet_16", "generator_filters": 4},
    "pix2pixhd": {
        "generator_filters": 4,
        "downsamplings": 2,
        "blocks": 1,
        "feature_encoder": True,
    },
    "oasis": {
        "generator_filters": 4,
        "blocks": 3,
        "discriminator_blocks": 3,
        "spade_filters": 8,
        "noise_channels": 8,
    },
}
LOOKS = {
    str(code): np.random.default_rng(code).normal(0, 3, (4, 3)).tolist() for code in range(N_CODES)
}
NUCLEUS = 4


@pytest.fixture(params=sorted(TINY))
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return folder_of(request.param, tmp_path)


def folder_of(name: str, tmp_path: Path) -> Path:
    looks = {"feature_clusters": LOOKS} if name == "pix2pixhd" else {}
    return write_model(tmp_path / "model", name, TINY[name], **looks)


@pytest.fixture
def label_map() -> np.ndarray:
    """Cells of 12 × 12 px with a rim and a nucleus, on a field of several 64 px tiles."""
    cell = np.full((12, 12), 3, np.uint8)
    cell[1:-1, 1:-1] = 2
    cell[4:8, 4:8] = NUCLEUS
    return np.tile(np.pad(cell, 2, constant_values=1), (5, 7))


def test_every_model_is_tried():
    # Those that find instances make no fields: tests/segmentation/test_trained.py tries them, and
    # those that find classes tests/training/test_label_unet.py. Those of two domains take images:
    # tests/training/test_translation_training.py. Those that draw maps take nothing:
    # test_drawn_maps.py.
    drawers = {"stylegan2", "stylegan3_t", "stylegan3_r"}
    others = {"label_unet", "unet", "u2net", "hovernet", "mask_rcnn", "cyclegan", "cut", *drawers}
    assert {*TINY, *others} == set(model_names())


def test_a_field_needs_a_label_map_alone_and_is_repeatable(model: Path, label_map: np.ndarray):
    generator = load_trained(model)
    field = generator.field(label_map, seed=3)
    assert field.shape == (1, *label_map.shape)
    assert 0 <= field.min() < field.max() <= 1
    assert np.array_equal(field, load_trained(model).field(label_map, seed=3))


def test_a_field_does_not_depend_on_how_many_tiles_are_made_at_once(
    model: Path, label_map: np.ndarray
):
    generator = load_trained(model)
    fields = [
        generator.field(label_map, seed=3, config=SynthesisConfig(batch_size=size))
        for size in (1, 8)
    ]
    np.testing.assert_allclose(*fields, atol=1e-5)


@pytest.mark.parametrize("name", ["pix2pixhd", "oasis"])
def test_a_part_drawn_anew_changes_and_what_lies_far_from_it_stays(
    name: str, tmp_path: Path, label_map: np.ndarray
):
    generator = load_trained(folder_of(name, tmp_path))
    region = np.zeros(label_map.shape, bool)
    region[:16, :16] = True
    kept = generator.field(label_map, seed=3)
    mixed = generator.field(label_map, seed=4, resampled=region, kept_seed=3)
    everywhere = generator.field(label_map, seed=4)
    assert np.abs(mixed - kept)[:, :16, :16].max() > 1e-4
    assert np.abs(everywhere - kept)[:, -8:, -8:].max() > 1e-4
    # Only tiles without a pixel of the region reach there: those from row 16 or column 32 on.
    assert np.array_equal(mixed[:, -8:, -8:], kept[:, -8:, -8:])


def synthesised(folder: Path, maps: list[Path], **options: Any) -> list[dict[str, str]]:
    """Make a set in `out` beside the model; return the manifest's rows."""
    config = SynthesisConfig.model_validate(options.pop("config", {}))
    out = folder.parent / "out"
    make_set(folder, SetRequest("e", maps, **options), out, config, seed=1, device="cpu")
    with (out / "manifest.csv").open() as file:
        return list(csv.DictReader(file))


def test_only_the_asked_samples_are_made_and_say_what_is_new(tmp_path: Path, label_map: np.ndarray):
    folder = folder_of("oasis", tmp_path)
    write_label_map(tmp_path / "m.tif", label_map)
    wanted = ("nucleus", "cell_rim")
    every = synthesised(folder, [tmp_path / "m.tif"], samples=range(3), resample=wanted)
    assert [row["name"] for row in every] == ["m", "m_s1", "m_s2"]
    assert [row["sample"] for row in every] == ["0", "1", "2"]
    assert [row["resampled"] for row in every] == ["all", *["nucleus, cell_rim"] * 2]
    assert [row["seed_elsewhere"] for row in every] == ["", *[every[0]["seed"]] * 2]
    assert len({row["seed"] for row in every}) == 3
    first = (tmp_path / "out/fields/m_s1.ome.tif").read_bytes()
    assert read_provenance(tmp_path / "out/fields/m_s1.ome.tif")["resampled"] == "nucleus, cell_rim"
    (only,) = synthesised(folder, [tmp_path / "m.tif"], samples=[1], resample=wanted)
    assert only == every[1]
    assert (tmp_path / "out/fields/m_s1.ome.tif").read_bytes() == first


def test_a_sample_can_be_made_again_from_its_provenance(tmp_path: Path, label_map: np.ndarray):
    folder = folder_of("oasis", tmp_path)
    write_label_map(tmp_path / "m.tif", label_map)
    how = {"samples": range(2), "resample": ("nucleus",), "config": {"inference": "exact"}}
    row = synthesised(folder, [tmp_path / "m.tif"], **how)[1]
    field = load_trained(folder).field(
        label_map,
        int(row["seed"]),
        resampled=label_map == NUCLEUS,
        kept_seed=int(row["seed_elsewhere"]),
    )
    made = read_image(tmp_path / "out/fields/m_s1.ome.tif")
    low, high = made.ranges[0].low, made.ranges[0].high
    np.testing.assert_allclose(made.pixels, low + field * (high - low), atol=0.51)


def test_cells_come_from_a_segmentation_a_file_of_the_user_or_the_map(
    tmp_path: Path, label_map: np.ndarray
):
    folder = folder_of("pix2pixhd", tmp_path)
    maps = [tmp_path / f"{name}.tif" for name in ("from_workflow", "from_user", "alone")]
    for path in maps:
        write_label_map(path, label_map)
    cells = (np.arange(label_map.size).reshape(label_map.shape) // 700 + 1).astype(np.int32)
    none = np.zeros_like(cells)
    segmentation = cells_and_gap(none, cells, none.astype(bool), 11, 22, "test")
    write_segmentation(tmp_path / "from_workflow.ome.tif", segmentation)
    tifffile.imwrite(tmp_path / "from_user_instances.tif", cells.astype(np.uint16))
    given = [tmp_path / "from_workflow.ome.tif", tmp_path / "from_user_instances.tif"]
    rows = synthesised(folder, maps, instances=given, config={"inference": "exact"})
    origins = [path.as_posix() for path in given]
    assert [row["instances"] for row in rows] == [*origins, "found in the label map"]
    generator = load_trained(folder)
    for row, instances in zip(rows, (cells, cells, None), strict=True):
        field = generator.field(label_map, int(row["seed"]), instances=instances)
        made = read_image(tmp_path / "out" / row["image"])
        low, high = made.ranges[0].low, made.ranges[0].high
        np.testing.assert_allclose(made.pixels, low + field * (high - low), atol=0.51)


def test_models_without_instances_say_so(tmp_path: Path, label_map: np.ndarray):
    folder = folder_of("pix2pix", tmp_path)
    write_label_map(tmp_path / "m.tif", label_map)
    (row,) = synthesised(folder, [tmp_path / "m.tif"])
    assert row["instances"] == "not used"
    assert row["resampled"] == "all"


def test_a_map_in_the_users_own_values_and_the_same_values_beside_the_image(tmp_path: Path):
    """Five classes, as many as the tiny model's codes, with values 0, 100, …, 400."""
    own = class_codes([MapClass(f"class{k}", (100 * k,)) for k in range(N_CODES)])
    folder = write_model(tmp_path / "model", "pix2pix", TINY["pix2pix"], codes=codes_to_rows(own))
    values = np.kron(np.arange(N_CODES) * 100, np.ones((16, 16))).astype(np.uint16)
    tifffile.imwrite(tmp_path / "drawn.tif", values)
    (row,) = synthesised(folder, [tmp_path / "drawn.tif"], from_user=True)
    assert (tifffile.imread(tmp_path / "out" / row["labels"]) == values // 100).all()
    stored = tifffile.imread(tmp_path / "out/fields/drawn_own.tif")
    assert stored.dtype == np.uint16
    assert (stored == values).all()
