"""Label volumes without any image: each slice is a map, and what is made of them is a volume."""

import csv
from pathlib import Path

import nibabel
import numpy as np

from cytoforge.config.models import SynthesisConfig
from cytoforge.images.ome import read_image
from cytoforge.references.codes import codes_to_rows
from cytoforge.references.own.classes import MapClass, class_codes
from cytoforge.synthesis.maps import map_files, own_maps
from cytoforge.synthesis.run import SetRequest, make_set
from cytoforge.volumes.stack import Place, stack_volumes
from tests.synthesis.models import write_model
from tests.volumes.phantoms import affine_of, write_volume

VALUES = (0, 41, 77, 502, 530)  # as many as the model of the tests knows codes
TINY = {
    "generator_filters": 4,
    "blocks": 3,
    "discriminator_blocks": 3,
    "spade_filters": 8,
    "noise_channels": 8,
}


def test_a_folder_of_label_volumes_becomes_volumes(tmp_path: Path):
    labels = np.random.default_rng(1).choice(VALUES, (64, 3, 64)).astype(np.float32)
    affine = affine_of("LIA", (1, 2, 1), tilt=True)
    path = write_volume(tmp_path / "brains/brain.nii.gz", labels, affine)
    assert own_maps(str(tmp_path / "brains")) == [path.as_posix()]
    names = ("background", "cortex", "spots", "skull", "skin")
    classes = [MapClass(name, (value,)) for name, value in zip(names, VALUES, strict=True)]
    codes = class_codes(classes)
    facts = {"dtype": "float32", "ranges": [[-1000.0, 1000.0, "window"]], "pixel_size_um": None}
    facts |= {"codes": codes_to_rows(codes)}
    folder = write_model(tmp_path / "oasis", "oasis", TINY, **facts)
    request = SetRequest("oasis", [path], from_user=True)
    make_set(folder, request, tmp_path / "set", SynthesisConfig(), seed=1, device="cpu")
    with (tmp_path / "set/manifest.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["brain_z01", "brain_z02", "brain_z03"]
    assert len({row["seed"] for row in rows}) == 1  # noise does not flicker
    places = {
        one.name: Place(one.volume, *next(iter(one.plane.items()))) for one in map_files([path], {})
    }
    stack_volumes(
        tmp_path / "set/manifest.csv",
        places,
        {"brain": str(path)},
        VALUES,
        tmp_path / "volumes",
        tmp_path / "volumes.csv",
    )
    made = nibabel.load(tmp_path / "volumes/brain.nii.gz")
    assert np.abs(made.affine - affine).max() < 1e-4
    back = nibabel.load(tmp_path / "volumes/brain_labels.nii.gz")
    assert np.array_equal(np.asarray(back.dataobj), labels)  # 530 stays 530, and in its place


def test_a_model_of_neighbours_sees_the_slices_beside(tmp_path: Path):
    """Two volumes that differ in their third slice alone: the second slice's image differs too."""
    labels = np.zeros((64, 64, 4), np.int16)
    changed = labels.copy()
    changed[20:40, 20:40, 2] = 530
    paths = [
        write_volume(tmp_path / "a.nii.gz", labels), write_volume(tmp_path / "b.nii.gz", changed)
    ]  # fmt: skip
    classes = [MapClass(f"c{value}", (value,)) for value in VALUES]
    facts = {"dtype": "float32", "ranges": [[-1000.0, 1000.0, "window"]], "pixel_size_um": None}
    facts |= {"codes": codes_to_rows(class_codes(classes))}
    images = {}
    for number in (0, 1):
        tiny = {**TINY, "neighbours": number}
        folder = write_model(tmp_path / f"oasis{number}", "oasis", tiny, **facts)
        for path in paths:  # one set each: seeds follow the volume's name
            request = SetRequest("oasis", [path], names={path: "v"}, from_user=True)
            made = tmp_path / f"{path.name}{number}"
            make_set(folder, request, made, SynthesisConfig(), seed=1, device="cpu")
            for slice_ in (1, 2):
                image = read_image(made / f"fields/v_z0{slice_}.ome.tif")
                images[number, path.name[0], slice_] = image.pixels
    for number, same in ((0, True), (1, False)):
        assert np.array_equal(images[number, "a", 1], images[number, "b", 1])
        assert np.array_equal(images[number, "a", 2], images[number, "b", 2]) == same
