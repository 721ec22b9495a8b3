"""What stands in the files of an adopted data set, held against the tree by hand."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage
from scipy.io import savemat

from cytoforge.adopt.__main__ import adopt_tree
from cytoforge.adopt.nuclei_planes import class_of_each, one_number_each, planes_of_channels
from cytoforge.errors import UserError
from cytoforge.images.raw import RGB
from cytoforge.images.samples import Sample, read_samples
from cytoforge.references.points import read_points
from cytoforge.segmentation.label_file import read_instances_of
from tests.adopt.trees import TREES, consep, endonuke, pannuke, picture, text


def adopted(tmp_path: Path, data_set: str, tree: Path | None = None) -> dict[str, Sample]:
    tree = tree or TREES[data_set](tmp_path / "tree")
    adopt_tree(data_set, str(tree), str(tmp_path / "my"))
    return {one.name: one for one in read_samples(tmp_path / "my/samples.tsv", RGB)}


def test_the_first_channel_wins_for_instance_and_class():
    channels = np.zeros((1, 6, 3), int)
    channels[0, 0:3, 0] = 5  # of these the third pixel is also a nucleus of the second class
    channels[0, 2:5, 1] = 5
    channels[0, 0:1, 2] = 8  # wholly under the first
    planes = planes_of_channels(channels)
    assert planes.instances.tolist() == [[1, 1, 1, 2, 2, 0]]
    assert planes.classes is not None
    assert planes.classes.tolist() == [[1, 1, 1, 2, 2, 0]]
    assert (planes.hidden, planes.divided) == (1, 0)


def test_a_number_of_two_nuclei_apart_is_divided():
    labels = np.zeros((6, 30), int)
    labels[1:5, 1:5], labels[1:5, 20:24], labels[1:5, 10:14] = 3, 3, 8
    numbered, divided = one_number_each(labels)
    assert numbered[2, [2, 12, 22]].tolist() == [1, 3, 2]
    assert divided == 1


def test_the_class_of_a_nucleus_is_that_of_most_of_its_pixels():
    instances = np.array([[1, 1, 1, 0, 2, 2, 2]])
    types = np.array([[4, 4, 6, 6, 0, 0, 3]])  # of pixels without a class nothing is asked
    assert class_of_each(instances, types).tolist() == [4, 3]


def test_pannuke(tmp_path):
    samples = adopted(tmp_path, "pannuke")
    assert [(one.name, one.split) for one in samples.values()] == [
        ("pannuke_f1_0000", "train"), ("pannuke_f2_0000", "val"), ("pannuke_f3_0000", "test"),
    ]  # fmt: skip
    first = samples["pannuke_f1_0000"]
    assert (first.columns["tissue"], first.pixel_size_um) == ("Breast", 0.25)
    assert (np.asarray(PillowImage.open(first.files["path"])) == 10).all()
    instances = tifffile.imread(first.columns["nuclei_labels"])
    types = tifffile.imread(first.columns["nuclei_types"])
    # Two nuclei, although both were number 7; the neoplastic one has the rows of both.
    assert instances[:9, 5].tolist() == [0, 0, 2, 2, 1, 1, 1, 1, 0]
    assert types[:9, 5].tolist() == [0, 0, 2, 2, 1, 1, 1, 1, 0]
    assert (types.dtype, instances.max()) == (np.uint8, 2)
    apart = read_samples(tmp_path / "my/pannuke_without_nuclei.tsv", RGB)
    assert [one.name for one in apart] == [f"pannuke_f{fold}_0001" for fold in (1, 2, 3)]


@pytest.mark.parametrize(
    ("name", "array", "found"),
    [
        ("images", np.full((2, 32, 32, 3), 0.5), "0.5 to 0.5"),
        ("masks", np.full((2, 32, 32, 5), 1.0), "masks.npy: (2, 32, 32, 5), float64"),
        ("types", np.array([{"a": 1}, {}]), "Python objects"),
    ],
)
def test_arrays_that_are_not_pannuke(tmp_path, name, array, found):
    tree = pannuke(tmp_path / "tree")
    kind = "masks" if name == "masks" else "images"
    np.save(tree / f"Fold 1/{kind}/fold1/{name}.npy", array, allow_pickle=True)
    with pytest.raises(UserError) as error:
        adopt_tree("pannuke", str(tree), str(tmp_path / "my"))
    assert found in error.value.found
    assert not (tmp_path / "my/samples.tsv").exists()


def test_consep(tmp_path):
    samples = adopted(tmp_path, "consep")
    one = samples["consep_Test_test_1"]
    assert (one.split, one.columns["part"], one.pixel_size_um) == ("test", "Test", 0.25)
    instances = tifffile.imread(one.columns["nuclei_labels"])
    types = tifffile.imread(one.columns["nuclei_types"])
    assert (instances[8, [0, 8, 24]].tolist(), types[8, [0, 8, 24]].tolist()) == (
        [0, 1, 2], [0, 4, 6],
    )  # fmt: skip


def test_classes_may_be_said_per_nucleus(tmp_path):
    tree = consep(tmp_path / "tree")
    path = tree / "CoNSeP/Test/Labels/test_1.mat"
    labels = np.zeros((32, 32))
    labels[4:12, 4:12], labels[4:12, 20:28] = 9, 2
    savemat(path, {"inst_map": labels, "inst_type": np.array([[5.0], [1.0]])})
    one = adopted(tmp_path, "consep", tree)["consep_Test_test_1"]
    # Nuclei in the order of their numbers: 2 is the first.
    assert tifffile.imread(one.columns["nuclei_types"])[8, [8, 24]].tolist() == [1, 5]


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ({"type_map": np.ones((32, 32))}, "type_map"),
        ({"inst_map": np.ones((30, 32))}, "shape (30, 32)"),
        ({"inst_map": np.zeros((32, 32))}, "only background"),
        ({"inst_map": np.ones((32, 32)), "inst_type": np.array([[1], [2]])}, "inst_type of 2"),
        ({"inst_map": np.eye(32), "type_map": np.zeros((32, 32))}, "none of 1 of 1"),
    ],
)
def test_labels_that_do_not_fit_their_image(tmp_path, stored, found):
    tree = consep(tmp_path / "tree")
    savemat(tree / "CoNSeP/Train/Labels/train_1.mat", stored)
    with pytest.raises(UserError) as error:
        adopt_tree("consep", str(tree), str(tmp_path / "my"))
    assert found in error.value.found
    assert "train_1.mat" in error.value.where


def test_kumar_keeps_patients_together_and_other_organs_apart(tmp_path):
    samples = adopted(tmp_path, "kumar")
    one = samples["kumar_test_diff_TCGA-AY-A8YK-01A-01-TS1"]
    assert (one.columns["group"], one.columns["part"]) == ("TCGA-AY-A8YK", "test_diff")
    assert "nuclei_types" not in one.columns
    labels = one.columns["nuclei_labels"]
    assert read_instances_of(labels, (32, 32), "here")[0].max() == 2


def test_endonuke(tmp_path):
    samples = adopted(tmp_path, "endonuke")
    assert list(samples) == ["endonuke_12", "endonuke_15", "endonuke_31", "endonuke_40"]
    coarse, fine, empty = (samples[f"endonuke_{tile}"] for tile in (12, 15, 40))
    assert (coarse.columns["annotator"], coarse.columns["group"]) == ("ptg1", "s1")
    assert {coarse.pixel_size_um, fine.pixel_size_um} == {0.25}
    assert PillowImage.open(coarse.files["path"]).size == (400, 400)
    assert fine.files["path"] == str(tmp_path / "tree/data/dataset/images/15.png")
    for sample, xy in ((coarse, [[25, 3.5], [1.5, 100]]), (fine, [[25, 1.75], [0.75, 100]])):
        points = read_points(sample.columns["points"], sample.name, (400, 400), 0.25, "here")
        assert points.xy_um.tolist() == xy  # 50 and 3 px of 0.5 µm, 100 and 3 px of 0.25
        assert points.classes == ("epithelium", "stroma")
    assert read_points(empty.columns["points"], empty.name, (400, 400), 0.25, "").classes == ()


def test_agreement_lies_apart_with_each_annotator(tmp_path):
    samples = adopted(tmp_path, "endonuke")
    (one,) = read_samples(tmp_path / "my/endonuke_agreement.tsv", RGB)
    assert one.name == "endonuke_99"
    assert one.name not in samples
    assert one.columns["study"] == "hidden"
    found = [
        read_points(one.columns[f"points_{who}"], one.name, (400, 400), 0.25, "here").classes
        for who in ("ptg1", "stud1")
    ]
    assert found == [("stroma",), ("other",)]
    table = (tmp_path / "my/endonuke_agreement_f1.csv").read_text().splitlines()
    assert table[1] == "hidden,endonuke_99,ptg1,stud1,3.0,1,1,1,1.0"  # 0.5 µm apart
    assert table[-1] == "hidden,all,all,all,3.0,1,1,1,1.0"


def test_only_what_names_a_slide_keeps_its_tiles_together(tmp_path):
    tree = endonuke(tmp_path / "tree")
    for path in (tree / "data/dataset/metadata").iterdir():
        slide = f"s{path.stem[0]}"
        path.write_text(f'{{"slide_left": {path.stem}, "info": {{"slide_name": "{slide}"}}}}')
    samples = adopted(tmp_path, "endonuke", tree)
    assert [one.columns["group"] for one in samples.values()] == ["s1", "s1", "s3", "s4"]


def test_what_lies_beside_the_labels_stops_nothing(tmp_path):
    tree = endonuke(tmp_path / "tree")
    labels = tree / "data/dataset/labels"
    text(labels / "bulk/ptg1/._12.txt", "\0")
    (labels / "bulk/ptg1/12.txt").rename(labels / "bulk/ptg1/12.TXT")
    picture(tree / "data/dataset/images/98.png", 200)
    text(labels / "agreement/hidden/ptg1/98.txt", "1 1 0\n")  # stud1 has not labelled it
    assert "endonuke_12" in adopted(tmp_path, "endonuke", tree)
    one, _ = read_samples(tmp_path / "my/endonuke_agreement.tsv", RGB)
    assert (one.name, one.columns["points_stud1"]) == ("endonuke_98", "")


@pytest.mark.parametrize(
    ("data_set", "added", "found"),
    [
        ("endonuke", "data/dataset/labels/README.txt", "not in bulk/"),
        ("endonuke", "data/dataset/images/1_2.png", "both would be called endonuke_1_2"),
        ("consep", "CoNSeP/Train/Images/a_b.png", "both would be called Train_a_b"),
        ("consep", "other/Train/Images/train_1.png", "two images of one part and name"),
    ],
)
def test_what_would_be_mixed_up_is_named(tmp_path, data_set, added, found):
    tree = TREES[data_set](tmp_path / "tree")
    for path in (tree / added, tree / added.replace("_", " ", 1)):
        picture(path, 200) if path.suffix == ".png" else text(path, "")
        if data_set == "consep":
            mat = path.parents[1] / "Labels" / f"{path.stem}.mat"
            mat.parent.mkdir(exist_ok=True)
            savemat(mat, {"inst_map": np.ones((200, 200))})
    with pytest.raises(UserError) as refused:
        adopted(tmp_path, data_set, tree)
    assert found in str(refused.value)
    assert not (tmp_path / "my").exists()


def test_tiles_stay_at_their_own_scale_where_that_is_asked(tmp_path):
    tree = endonuke(tmp_path / "tree")
    adopt_tree("endonuke", str(tree), str(tmp_path / "my"), native=True)
    sizes = [one.pixel_size_um for one in read_samples(tmp_path / "my/samples.tsv", RGB)]
    assert sizes == [0.5, 0.25, 0.5, 0.25]
    assert not (tmp_path / "my/endonuke/images").exists()


def test_bci(tmp_path):
    samples = adopted(tmp_path, "bci")
    one = samples["bci_train_00001_1plus_IHC"]
    assert one.columns["her2"] == "1+"
    assert one.files["path"].endswith("BCI_dataset/IHC/train/00001_train_1+.png")
    for sample in samples.values():
        partner = samples[sample.columns["pair"]]
        assert partner.columns["pair"] == sample.name
        assert partner.columns["stain"] != sample.columns["stain"]
        assert partner.split == sample.split
    val = {s.columns["her2"] for s in samples.values() if s.split == "val"}
    assert val == {"1+", "3+"}  # of each score that has two training pairs
