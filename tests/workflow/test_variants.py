"""What the plain tiny project leaves out: strips, labels of one's own, stacks, exports, samples."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image as Picture
from scipy import ndimage

from cytoforge.images.ome import read_image, read_provenance
from cytoforge.references.label_map_file import read_label_map
from cytoforge.split.regions_file import read_regions
from cytoforge.tiles.tile_set import read_tiles
from tests.once import build_once
from tests.workflow.changes import older_copy
from tests.workflow.tiny_project import Project, made_up_cells, read_json, tiny_config

pytestmark = pytest.mark.slow

IMAGES = ("joint", "apart")
SIDE = 64
DRAWN_SHAPE = (70, 100)  # no multiple of the tile


def made_up_bytes(seed: int) -> np.ndarray:
    """Return uint8 (2, 320, 128): DNA and actin."""
    return (made_up_cells(seed, side=320)[:, :, :128] // 16).astype(np.uint8)


def made_up_labels(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return uint16 labels of nuclei, and of cells: what is within 5 px of a nucleus."""
    nuclei, _ = ndimage.label(ndimage.gaussian_filter(pixels[0].astype(float), 1) > 100)
    distance, nearest = ndimage.distance_transform_edt(nuclei == 0, return_indices=True)
    cells = np.where(distance < 5, nuclei[tuple(nearest)], 0)
    # A cell's number need not be its nucleus's.
    return nuclei.astype(np.uint16), np.where(cells, cells + 500, 0).astype(np.uint16)


def drawn_map(dtype: type, n_codes: int) -> np.ndarray:
    """Return columns of all codes, one beside the other."""
    codes = np.arange(DRAWN_SHAPE[1]) * n_codes // DRAWN_SHAPE[1]
    return np.tile(codes, (DRAWN_SHAPE[0], 1)).astype(dtype)


def variant_config() -> dict[str, Any]:
    training = tiny_config()["models"]["four"]["training"]
    training["steps"] = 2
    return {
        "samples": "samples.tsv",
        "images": {"channels": ["dna", "actin"], "pixel_size_um": 0.5},
        "split": {
            "by": "blocks",
            "block_px": SIDE,
            "guard_px": 32,
            "fractions": {"train": 0.6, "val": 0.2, "test": 0.2},
        },
        "segmentations": {"drawn": {"method": "labels", "nucleus_diameter_px": 11}},
        "references": {
            "level9": {"segmentation": "drawn", "levels": 9},
            "own_table": {
                "segmentation": "drawn",
                "levels": [
                    {"name": "ground", "region": "background"},
                    {"name": "dim", "region": "cytoplasm", "layer": 0},
                    {"name": "bright", "region": "cytoplasm", "layer": 1},
                    {"name": "yolk", "region": "nucleus"},
                ],
                "bounds": {"mode": "per_image"},
            },
        },
        "datasets": {
            "pairs": {"reference": "level9", "tile_px": SIDE, "export_pairs": True},
            "plain": {"reference": "own_table", "tile_px": SIDE},
        },
        "models": {
            "dreams": {
                "dataset": "pairs",
                "preset": "fast",
                "training": training,
                # After so few steps only an instance norm lets dropout reach the output.
                "synthesis": {"dropout": "seeded", "norm_stats": "instance"},
            },
            "mapped": {
                "dataset": "plain",
                "preset": "fast",
                "training": {**training, "generator": "unet_16"},
                "synthesis": {"overlap": 0},
            },
        },
        "sets": {
            "drawn": {"images_by": "dreams", "maps": "drawings", "samples": 2},
        },
        "metrics": {
            "patch_px": SIDE,
            "max_patches": 4,
            "memorisation_patches": 4,
            "diversity": {"patches": 2, "samples": 2},
        },
    }


def write_variant(folder: Path) -> None:
    """Write two images of 320 × 128 px: one file with both channels, and one file per channel."""
    (folder / "raw").mkdir(parents=True)
    lines = ["image\tpath\tchannels\tdna\tactin\tnuclei_labels\tcells_labels"]
    for seed, name in enumerate(IMAGES):
        pixels = made_up_bytes(seed)
        nuclei, cells = made_up_labels(pixels)
        tifffile.imwrite(folder / f"raw/{name}_nuclei.tif", nuclei)
        tifffile.imwrite(folder / f"raw/{name}_cells.tif", cells)
        if name == "joint":
            tifffile.imwrite(folder / "raw/joint.tif", pixels[::-1], photometric="minisblack")
            files = "raw/joint.tif\tactin,dna\t\t"
        else:
            for channel, plane in zip(("dna", "actin"), pixels, strict=True):
                tifffile.imwrite(folder / f"raw/apart_{channel}.tif", plane)
            files = "\t\traw/apart_dna.tif\traw/apart_actin.tif"
        lines.append(f"{name}\t{files}\traw/{name}_nuclei.tif\traw/{name}_cells.tif")
    (folder / "samples.tsv").write_text("\n".join(lines) + "\n")
    (folder / "drawings").mkdir()
    Picture.fromarray(drawn_map(np.uint8, 10)).save(folder / "drawings/sketch.png")
    tifffile.imwrite(folder / "drawings/panorama.tif", drawn_map(np.uint16, 10))


@pytest.fixture(scope="module")
def variant(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Project:
    def run(folder: Path) -> None:
        project = Project(folder, root)
        write_variant(folder)
        project.write_config(variant_config())
        done = project.snakemake()
        assert done.returncode == 0, done.stdout + done.stderr

    return Project(build_once(tmp_path_factory, "variant", run), root)


def test_a_second_run_has_nothing_to_do(variant: Project):
    assert variant.planned() == {}


def test_channels_come_in_the_order_of_the_config(variant: Project):
    for seed, name in enumerate(IMAGES):
        image = read_image(variant.folder / f"results/images/{name}.ome.tif")
        assert image.channels == ("dna", "actin")
        assert image.pixels.dtype == np.uint8
        assert np.array_equal(image.pixels, made_up_bytes(seed))


def test_strips_are_a_guard_apart(variant: Project):
    regions = read_regions(variant.folder / "results/split/regions.csv")
    heights = {(r.image, r.split): r.row1 - r.row0 for r in regions}
    assert heights == {
        (image, split): height
        for image in IMAGES
        for split, height in (("train", 128), ("val", 64), ("test", 64))
    }
    for dataset in ("pairs", "plain"):
        proof = read_json(variant.folder / f"results/tiles/{dataset}/leak_check.json")
        assert proof["passed"]
        assert min(proof["smallest_region_distance_px"].values()) == 32
        assert proof["tiles"] == {"train": 8, "val": 4, "test": 4}


def test_every_pair_is_exported_as_image_and_grey_labels(variant: Project):
    folder = variant.folder / "results/tiles/pairs"
    tiles = read_tiles(folder)
    greys = [code["grey"] for code in read_json(folder / "export/codes.json")["codes"]]
    assert greys == [0, 28, 56, 85, 113, 141, 170, 198, 226, 255]
    exported = {path.relative_to(folder / "export") for path in folder.glob("export/*/*.png")}
    assert exported == {Path(row.split) / f"{row.name}.png" for row in tiles.manifest}
    for index, row in enumerate(tiles.manifest):
        with Picture.open(folder / "export" / row.split / f"{row.name}.png") as picture:
            pair = np.asarray(picture)
        assert pair.shape == (SIDE, 2 * SIDE, 3)
        assert np.array_equal(pair[:, SIDE:, 0], np.array(greys)[tiles["labels"][index]])
        assert np.array_equal(pair[:, :SIDE, 0], np.rint(tiles.unit([index])[0, 0] * 255))


def test_the_custom_table_is_rendered(variant: Project):
    codes = read_json(variant.folder / "results/references/own_table/codes.json")["codes"]
    assert [code["name"] for code in codes] == ["gap", "ground", "dim", "bright", "yolk"]
    rendered = read_label_map(variant.folder / "results/references/own_table/joint.tif")
    nuclei = tifffile.imread(variant.folder / "raw/joint_nuclei.tif")
    assert np.array_equal(rendered == 4, nuclei > 0)
    assert set(np.unique(rendered)) == {1, 2, 3, 4}


def test_the_second_sample_differs_but_for_its_label_map(variant: Project):
    folder = variant.folder / "results/sets/drawn"
    ends = ("fields/sketch", "fields/sketch_s1")
    first, second = (read_image(folder / f"{end}.ome.tif") for end in ends)
    assert first.ranges == second.ranges
    assert (first.pixels != second.pixels).any()
    assert np.array_equal(*(read_label_map(folder / f"{end}_labels.tif") for end in ends))
    provenances = [read_provenance(folder / f"{end}.ome.tif") for end in ends]
    assert [provenance["sample"] for provenance in provenances] == ["0", "1"]
    assert provenances[0]["seed"] != provenances[1]["seed"]


def test_maps_and_label_files_replaced_by_older_ones_are_seen(variant: Project, tmp_path: Path):
    copy = Project(tmp_path / "copy", variant.root)
    shutil.copytree(variant.folder, copy.folder, symlinks=True)
    older_copy(copy.folder / "drawings/panorama.tif")
    expected = {"synthesize": {"drawn"}, "score_maps": {"drawn"}, "write_report": set()}
    assert copy.planned() == expected
    older_copy(copy.folder / "raw/joint_nuclei.tif")
    assert copy.planned()["segment"] == {"drawn/joint"}


@pytest.mark.parametrize(("name", "suffix"), [("sketch", "png"), ("panorama", "tif")])
@pytest.mark.parametrize("sample", ["", "_s1"])
def test_a_drawn_map_becomes_an_image_with_provenance(variant, name, suffix, sample):
    folder = variant.folder / "results/sets/drawn/fields"
    image = read_image(folder / f"{name}{sample}.ome.tif")
    assert image.shape == DRAWN_SHAPE
    assert image.pixels.dtype == np.uint8
    labels = read_label_map(folder / f"{name}{sample}_labels.tif")
    assert np.array_equal(labels, drawn_map(np.uint8, 10))
    provenance = read_provenance(folder / f"{name}{sample}.ome.tif")
    weights = read_json(variant.folder / "results/models/dreams/model.json")["weights_sha256"]
    assert provenance["weights_sha256"] == weights
    assert provenance["label_map"] == f"drawings/{name}.{suffix}"


@pytest.mark.parametrize("model_name", ["dreams", "mapped"])
def test_given_labels_cannot_segment_what_is_new(variant: Project, model_name: str):
    table = pd.read_csv(variant.folder / f"results/metrics/{model_name}/resegmentation.csv")
    assert table["status"].str.startswith("skipped: segmentation `labels`").all()
    assert set(table["image"]) == set(IMAGES)


def test_the_page_names_everything(variant: Project):
    page = (variant.folder / "results/report/index.html").read_text("utf-8")
    names = (*IMAGES, "dreams", "mapped", "sketch", "panorama", "level9", "own_table", "yolk")
    assert [name for name in names if name not in page] == []


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Project:
    """Three Z stacks of two planes each, run up to the leak check."""
    return Project(build_once(tmp_path_factory, "stacks", lambda f: _run_stacks(f, root)), root)


def _run_stacks(folder: Path, root: Path) -> None:
    (folder / "raw").mkdir(parents=True)
    lines = ["image\tpath\tchannels\tplanes"]
    for seed, name in enumerate(("s", "t", "u")):
        field = made_up_cells(seed, side=96)
        planes = np.stack([field, field // 2])  # the same cells, out of focus
        path = folder / f"raw/{name}.tif"
        tifffile.imwrite(path, planes, imagej=True, metadata={"axes": "ZCYX"})
        lines.append(f"{name}\traw/{name}.tif\tdna,actin\tall")
    (folder / "samples.tsv").write_text("\n".join(lines) + "\n")
    project = Project(folder, root)
    project.write_config(tiny_config())
    done = project.snakemake("results/tiles/tiles4/leak_check.json")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_planes_of_a_stack_share_a_split(stacks: Project):
    regions = read_regions(stacks.folder / "results/split/regions.csv")
    splits = {region.image: region.split for region in regions}
    assert sorted(splits) == [f"{name}_z0{plane}" for name in "stu" for plane in (1, 2)]
    assert {splits[f"{name}_z01"] for name in "stu"} == {"train", "val", "test"}
    assert all(splits[f"{name}_z01"] == splits[f"{name}_z02"] for name in "stu")
    proof = read_json(stacks.folder / "results/tiles/tiles4/leak_check.json")
    assert proof["passed"]
    assert proof["tiles"] == {"train": 2, "val": 2, "test": 2}


def test_a_plane_is_the_one_its_name_says(stacks: Project):
    for plane, divisor in ((1, 1), (2, 2)):
        image = read_image(stacks.folder / f"results/images/t_z0{plane}.ome.tif")
        assert np.array_equal(image.pixels, made_up_cells(1, side=96) // divisor)
