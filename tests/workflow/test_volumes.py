"""A project of volumes: what is planned of two of them, and one slice with its labels."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
import yaml

from cytoforge.images.ome import read_image
from tests.volumes.other_formats import write_like
from tests.volumes.phantoms import affine_of, write_volume
from tests.workflow.tiny_project import Project, tiny_config

pytestmark = pytest.mark.slow
LABELS = (0, 7, 530)


@pytest.fixture
def project(tmp_path: Path, root: Path) -> Project:
    """Three CT of 96 × 4 × 96 voxels, tilted, whose axes run left, down and to the front; one is
    a MetaImage, its labels NRRD."""
    labels = np.zeros((96, 4, 96), np.int16)
    labels[20:76, :, 20:76] = 7
    labels[40:50, :, 30:60] = 530
    values = np.select([labels == 7, labels == 530], [40, 300], -1000)
    lines = ["image\tpath\torgan_labels\tpatient"]
    for index, name in enumerate(("a", "b", "c")):
        noise = np.random.default_rng(index).integers(-30, 30, labels.shape)
        affine = affine_of("LIA", (2, 3, 2), tilt=True)
        write_volume(tmp_path / f"{name}.nii.gz", (values + noise).astype(np.int16), affine)
        write_volume(tmp_path / f"{name}_labels.nii.gz", labels, affine)
        lines.append(f"{name}\t{name}.nii.gz\t{name}_labels.nii.gz\tp{index}")
    for old, new in (("c.nii.gz", "c.mha"), ("c_labels.nii.gz", "c_labels.nrrd")):
        write_like(tmp_path / old, tmp_path / new)
        lines[-1] = lines[-1].replace(old, new)
    (tmp_path / "samples.tsv").write_text("\n".join(lines) + "\n")
    config = tiny_config()
    del config["segmentations"]
    config["images"] = {
        "channels": ["grey"],
        "normalisation": {"method": "window", "window": [-1000, 1000]},
        "volumes": {"body": "threshold"},
    }
    config["split"]["by"] = "patient"
    classes = {"air": 0, "tissue": 7, "bone": 530}
    config["references"] = {"organs": {"column": "organ_labels", "classes": classes}}
    config["datasets"] = {"slices": {"reference": "organs", "tile_px": 64, "min_classes": 2}}
    config["datasets"]["slices"]["neighbours"] = 1
    config["models"] = {"ct": {**config["models"]["four"], "dataset": "slices"}}
    project = Project(tmp_path, root)
    project.write_config(config)
    return project


def test_slices_are_read_with_their_labels_and_volumes_are_planned(project: Project):
    planned = project.planned()
    wanted = {"convert_volume", "measure_volume", "convert", "take_map", "stack_volumes"}
    assert wanted | {"cut_slices", "score_volumes"} <= set(planned)
    assert planned["convert"] == {f"{name}_z0{n}" for name in "abc" for n in range(1, 5)}
    done = project.snakemake(*(f"results/references/organs/{name}_z02.tif" for name in "bc"))
    assert done.returncode == 0, done.stdout + done.stderr
    for name in "bc":
        image = read_image(project.folder / f"results/images/{name}_z02.ome.tif")
        codes = tifffile.imread(project.folder / f"results/references/organs/{name}_z02.tif")
        assert codes.shape == image.shape == (96, 96)
        assert image.ranges[0].low == -1000 and image.ranges[0].method == "window"
        assert (image.pixels[0][codes == 0] == -1000).all()  # the air's noise is outside the body
        assert abs(image.pixels[0][codes == 2].mean() - 300) < 5


@pytest.mark.parametrize("name", ["volumes", "volumes_mr", "volumes_unpaired"])
def test_the_shipped_examples_are_planned(tmp_path: Path, root: Path, name: str):
    for suffix in ("yaml", "tsv"):
        text = (root / "config" / f"{name}.{suffix}").read_text().replace("../../", f"{root}/")
        (tmp_path / f"{name}.{suffix}").write_text(text)
    config = yaml.safe_load((tmp_path / f"{name}.yaml").read_text())
    project = Project(tmp_path, root)
    project.write_config({**config, "samples": f"{name}.tsv"})
    planned = project.planned()
    sets = {"volumes": {"oasis", "whole", "head", "organs_net", "found_again"}}.get(
        name, {"oasis", "whole"}
    )
    assert planned["stack_volumes"] == sets
    if name == "volumes_unpaired":  # labels of CT alone, and nothing to compare pair by pair
        assert len(planned["convert"]) == 50  # four guards among them
        assert not {"score", "score_volumes", "measure_diversity", "export_pairs"} & set(planned)
    else:
        assert planned["score_volumes"] == {"oasis", "whole"}
    assert "score_maps" not in planned  # a head is no drawn map of an abdomen


def test_label_maps_of_made_slices_are_scored_beside_those_of_real_ones(project: Project):
    config = project.config()
    settings = {"widths": [4, 8], "steps": 2}
    net = {"dataset": "slices", "model": "label_unet", "preset": "fast", "training": settings}
    config["models"]["net"] = net
    # One more learns from made slices, and is tested on real ones as the other is.
    config["models"]["net_made"] = {**net, "dataset": "made"}
    config["datasets"]["made"] = {"set": "whole", "reference": "organs", "tile_px": 64}
    config["sets"] = {
        "again": {"labels_by": "net", "images": "ct"},
        "whole": {"images_by": "ct", "maps": "real"},
    }
    project.write_config(config)
    planned = project.planned()
    assert planned["score_labels"] == {"net", "net_made", "again"}
    assert planned["score_volumes"] == {"ct", "whole"}
