"""Label maps that a trained model draws of a seed, with their objects."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from cytoforge.errors import UserError
from cytoforge.references.codes import Code
from cytoforge.segmentation.learned.maps import target_maps
from cytoforge.synthesis import interpolate
from cytoforge.synthesis.drawn_maps import load_drawer
from cytoforge.synthesis.map_objects import with_objects
from tests.synthesis.models import N_CODES, write_model

SMALL = {
    "latent_channels": 8,
    "mapping_layers": 1,
    "channel_base": 64,
    "channel_max": 8,
    "size_px": 16,
}
MODELS = ("stylegan2", "stylegan3_t", "stylegan3_r")
CODES = tuple(
    Code(k, name, region, None, (k, k, k))
    for k, (name, region) in enumerate(
        (
            ("gap", "gap"),
            ("background", "background"),
            ("cell", "cytoplasm"),
            ("rim", "cell_rim"),
            ("nucleus", "nucleus"),
        )
    )
)


@pytest.fixture(scope="module", params=MODELS)
def folder(request, tmp_path_factory) -> Path:
    return model_folder(tmp_path_factory.mktemp(request.param), request.param)


def model_folder(path: Path, name: str) -> Path:
    return write_model(path / "model", name, SMALL, decoding={"min_area_px": 4})


def test_a_seed_is_a_map_and_another_is_another(folder):
    drawer = load_drawer(folder)
    first, again = (drawer.draw(1) for _ in range(2))
    assert first.labels.shape == (16, 16)
    assert first.labels.dtype == np.uint8
    assert np.array_equal(first.labels, again.labels)
    soft = [drawer.soft(drawer.style(seed), seed).numpy() for seed in (1, 2)]
    assert np.abs(soft[0] - soft[1]).max() > 1e-3
    assert int(first.labels.max()) < N_CODES


def test_at_truncation_0_all_seeds_have_one_style(folder):
    drawer = load_drawer(folder)
    styles = [drawer.style(seed, 0.0).numpy() for seed in (1, 2)]
    assert np.array_equal(*styles)


def test_a_model_of_images_draws_no_maps(tmp_path):
    folder = write_model(tmp_path / "model", "pix2pix", {"generator": "unet_16"})
    with pytest.raises(UserError, match="noise_to_labels"):
        load_drawer(folder)


def cells() -> tuple[np.ndarray, np.ndarray]:
    """Two cells that touch, each with a nucleus, and a speck; and their distances."""
    labels = np.full((24, 30), 1, np.uint8)
    labels[:2] = 0
    ids = np.zeros(labels.shape, np.int32)
    ids[6:18, 4:15], ids[6:18, 15:26], ids[21:23, 2:4] = 1, 2, 3
    labels[ids > 0] = 2
    labels[10:14, 8:11] = labels[10:14, 19:22] = 4
    labels[15, 6] = 4  # a second piece of a nucleus
    return labels, target_maps(ids)[1]


def test_cells_that_touch_are_parted_by_their_distance():
    labels, depth = cells()
    drawn = with_objects(labels, depth, CODES, 9)
    assert drawn.dropped == 1
    assert int(drawn.cells.max()) == 2
    assert len(np.unique(drawn.cells[8:16, 5:14])) == len(np.unique(drawn.cells[8:16, 16:25])) == 1
    # What is no object is none in the map either.
    assert (drawn.labels[21:23, 2:4] == 1).all()
    assert np.array_equal(drawn.labels[:20], labels[:20])


def test_a_cell_has_one_nucleus_with_its_number():
    labels, depth = cells()
    objects = with_objects(labels, depth, CODES, 9).objects
    nuclei, found = objects["nuclei"], objects["cells"]
    assert np.array_equal(nuclei[nuclei > 0], found[nuclei > 0])
    assert int((nuclei > 0).sum()) == 2 * 4 * 3
    assert np.array_equal(objects["gap"], labels == 0)


def test_without_distances_objects_are_found_in_the_map():
    labels, _ = cells()
    labels[15, 6] = 2  # a second nucleus would be a second cell
    drawn = with_objects(labels, None, CODES, 9)
    assert int(drawn.cells.max()) == 2
    assert drawn.dropped == 1


def test_a_film_goes_from_seed_to_seed(tmp_path, capsys):
    folder = model_folder(tmp_path, "stylegan2")
    for name in ("film.gif", "film.tif"):
        arguments = [str(folder), "--seeds", "1", "2", "--steps", "3", "--to", str(tmp_path / name)]
        assert interpolate.main(arguments) == 0
    assert "6 maps of 16 px" in capsys.readouterr().out
    stack = tifffile.imread(tmp_path / "film.tif")
    assert stack.shape == (6, 16, 16)
    assert np.array_equal(stack[0], load_drawer(folder).draw(1).labels)
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames >= 2  # equal ones are joined
        colours = [
            code["colour"] for code in json.loads((folder / "model.json").read_text())["codes"]
        ]
        shown = np.asarray(film.convert("RGB"))
    assert np.array_equal(shown, np.array(colours, np.uint8)[stack[0]])


def test_a_film_of_another_kind_is_refused(tmp_path):
    with pytest.raises(SystemExit):
        interpolate.main([str(tmp_path), "--to", str(tmp_path / "film.mp4")])
