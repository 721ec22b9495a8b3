"""The body in a phantom: an ellipse with lungs on a table, and what is measured of it."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

from cytoforge.config.images import ImagesConfig
from cytoforge.errors import UserError
from cytoforge.images.volume_facts import facts_of
from cytoforge.volumes.body import CT_THRESHOLD, find_body
from cytoforge.volumes.body_label import label_body
from cytoforge.volumes.measure import measure_volume
from tests.volumes.phantoms import affine_of, write_volume

Y, X = np.mgrid[:40, :40]
OUTLINE = ((X - 20) / 14) ** 2 + ((Y - 18) / 10) ** 2 <= 1
LUNG = ((X - 14) / 4) ** 2 + ((Y - 18) / 4) ** 2 <= 1


def ct() -> np.ndarray:
    """Return (8, 40, 40) HU, slices first: tissue, a lung, and a table two voxels thick."""
    volume = np.full((8, 40, 40), -1000.0)
    volume[:, OUTLINE] = 40
    volume[:, LUNG] = -800
    volume[:, 33:35, 4:36] = 200
    return volume


def body_of(volume: np.ndarray, threshold: float | None = CT_THRESHOLD) -> np.ndarray:
    """Return the body in slices of 1 mm."""
    return np.stack(list(find_body(lambda: volume, (1, 1, 1), threshold, opening_mm=2)))


def test_the_body_has_its_lungs_and_no_table():
    body = body_of(ct())
    expected = np.broadcast_to(OUTLINE, body.shape)
    assert 2 * (body & expected).sum() / (body.sum() + expected.sum()) > 0.98
    assert body[:, LUNG].all() and not body[:, 33:35].any()


def test_a_table_that_the_body_lies_on_is_cut_off():
    volume = ct()
    volume[:, 29:33, 19:21] = 200  # a post between both
    body = body_of(volume)
    assert not body[:, 33:35].any() and body[:, OUTLINE].mean() > 0.98


def test_nothing_but_air_has_no_body():
    with pytest.raises(UserError, match="none, or nothing thicker than a table"):
        body_of(np.full((8, 8, 8), -1000.0))


def mr_config() -> ImagesConfig:
    scaling = {"method": "body", "low": 10, "high": 90}
    return ImagesConfig.model_validate({"normalisation": scaling, "volumes": {"body": "threshold"}})


def test_percentiles_are_of_the_body_of_the_whole_volume(tmp_path: Path):
    rng = np.random.default_rng(1)
    volume = np.zeros((40, 40, 8), np.float32)
    inside = np.broadcast_to(OUTLINE.T[..., None], volume.shape)
    volume[inside] = rng.uniform(100, 200, int(inside.sum()))
    path = write_volume(tmp_path / "mr.nii.gz", volume, affine_of("RAS"))
    measure_volume({"path": str(path)}, None, mr_config(), "z", None, tmp_path)
    stored = json.loads((tmp_path / "body.json").read_text())
    assert stored["ranges"]["grey"]["low"] == pytest.approx(110, abs=2)
    assert stored["ranges"]["grey"]["high"] == pytest.approx(190, abs=2)
    mask = nibabel.load(tmp_path / "body.nii.gz")
    assert np.allclose(mask.affine, nibabel.load(path).affine)
    facts = facts_of({"folder": str(tmp_path), "masked": True}, {"z": 4})
    assert facts is not None and facts.body is not None
    assert facts.body[::-1, ::-1][18, 20] and not facts.body[0, 0]
    assert facts.ranges["grey"].method == "body"


def test_percentiles_of_a_divided_volume_are_those_of_training_slices(tmp_path: Path):
    voxels = np.arange(64, dtype=np.float32).reshape(4, 4, 4)  # slices along z: 0, 4, 8 … + z
    voxels[..., 3] = 1000  # of test
    path = write_volume(tmp_path / "mr.nii.gz", voxels, affine_of("RAS"))
    mask = write_volume(tmp_path / "mask.nii.gz", np.ones_like(voxels, np.uint8), affine_of("RAS"))
    files = {"path": str(path)}
    measure_volume(files, str(mask), mr_config(), "z", [1, 2], tmp_path)
    facts = facts_of({"folder": str(tmp_path), "masked": True}, {"z": 4})
    learned = np.sort(voxels[..., :2].ravel())
    assert facts is not None
    assert facts.ranges["grey"].high == pytest.approx(np.percentile(learned, 90))


def test_a_mask_of_the_users_is_taken(tmp_path: Path):
    voxels = np.arange(64, dtype=np.float32).reshape(4, 4, 4)
    path = write_volume(tmp_path / "mr.nii.gz", voxels)
    mask = write_volume(tmp_path / "mask.nii.gz", (voxels >= 32).astype(np.uint8))
    measure_volume({"path": str(path)}, str(mask), mr_config(), "z", None, tmp_path)
    stored = json.loads((tmp_path / "body.json").read_text())
    assert stored["voxels"] == 32
    assert stored["ranges"]["grey"]["low"] == pytest.approx(np.percentile(np.arange(32, 64), 10))


def test_tissue_that_no_label_names_gets_a_number(tmp_path: Path):
    volume = np.moveaxis(ct(), 0, 2).astype(np.int16)
    labels = np.zeros(volume.shape, np.uint8)
    labels[volume == -800] = 10  # the lung
    image = write_volume(tmp_path / "ct.nii.gz", volume)
    path = write_volume(tmp_path / "labels.nii.gz", labels)
    target = tmp_path / "whole.nii.gz"
    label_body(str(image), str(path), 118, str(target))
    found = np.asarray(nibabel.load(target).dataobj)
    assert set(np.unique(found)) == {0, 10, 118}
    assert np.array_equal(found == 10, labels == 10)
    assert (found[volume == 40] == 118).mean() > 0.9  # at 1 mm the ball rounds this small ellipse
    assert (found[volume == 200] == 0).all()  # the table
    with pytest.raises(UserError, match="occurs already"):
        label_body(str(image), str(path), 10, str(target))
