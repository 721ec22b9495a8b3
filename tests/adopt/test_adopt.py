"""`python -m cytoforge.adopt`: what a downloaded tree becomes, and what is said of a broken one."""

import hashlib
from pathlib import Path

import pytest

from cytoforge.adopt.__main__ import adopt_tree, main
from cytoforge.errors import UserError
from cytoforge.images.raw import RGB
from cytoforge.images.samples import Sample, read_samples
from tests.adopt.trees import TREES, bci, consep, endonuke, pannuke, picture, text


def adopted(tmp_path: Path, data_set: str) -> dict[str, Sample]:
    TREES[data_set](tmp_path / "tree")
    adopt_tree(data_set, str(tmp_path / "tree"), str(tmp_path / "my"))
    return {one.name: one for one in read_samples(tmp_path / "my/samples.tsv", RGB)}


@pytest.mark.parametrize(
    ("data_set", "splits", "said"),
    [
        ("pannuke", {"train": 1, "val": 1, "test": 1}, "3 tiles have no nucleus"),
        ("consep", {"train": 2, "val": 1, "test": 1}, "4 images"),
        ("kumar", {"train": 2, "val": 1, "test": 2}, "5 images"),
        ("endonuke", {"train": 2, "val": 1, "test": 1}, "endonuke_agreement.tsv: 1 images"),
        ("bci", {"train": 6, "val": 4, "test": 2}, "12 images"),
    ],
)
def test_a_tree_becomes_a_table(tmp_path, data_set, splits, said):
    tree = TREES[data_set](tmp_path / "tree")
    told = adopt_tree(data_set, str(tree), str(tmp_path / "my"))
    samples = read_samples(
        tmp_path / "my/samples.tsv", RGB, {"group": "split.by", "stain": "split.within"}
    )
    counts = {split: sum(one.split == split for one in samples) for split in splits}
    assert counts == splits
    assert said in told
    of_group = {(one.columns["group"], one.split) for one in samples}
    assert len(of_group) == len({group for group, _ in of_group})  # no group in two splits
    assert (tmp_path / "my" / f"{data_set}.yaml").is_file()


@pytest.mark.parametrize("data_set", sorted(TREES))
def test_the_same_tree_gives_the_same_bytes(tmp_path, data_set):
    tree = TREES[data_set](tmp_path / "tree")

    def made(folder: Path) -> dict[str, str]:
        adopt_tree(data_set, str(tree), str(folder))
        return {
            str(path.relative_to(folder)): hashlib.sha256(
                path.read_bytes().replace(str(folder).encode(), b"")
            ).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    assert made(tmp_path / "a") == made(tmp_path / "b")


def without_masks(tree: Path) -> Path:
    (pannuke(tree) / "Fold 2/masks/fold2/masks.npy").unlink()
    return tree


def without_labels(tree: Path) -> Path:
    (consep(tree) / "CoNSeP/Train/Labels/train_2.mat").unlink()
    return tree


def without_test(tree: Path) -> Path:
    return consep(tree, test=0)


def without_partner(tree: Path) -> Path:
    (bci(tree) / "BCI_dataset/HE/train/00001_train_1+.png").unlink()
    return tree


def of_two_sizes(tree: Path) -> Path:
    picture(bci(tree) / "BCI_dataset/HE/train/00001_train_1+.png", 48)
    return tree


def without_score(tree: Path) -> Path:
    picture(bci(tree) / "BCI_dataset/HE/train/00009_train.png")
    return tree


def without_image(tree: Path) -> Path:
    (endonuke(tree) / "data/dataset/images/15.png").unlink()
    return tree


def twice_labelled(tree: Path) -> Path:
    text(endonuke(tree) / "data/dataset/labels/bulk/ptg1/15.txt", "1 1 0")
    return tree


def beside(tree: Path) -> Path:
    text(endonuke(tree) / "data/dataset/labels/bulk/ptg1/12.txt", "5 5 0\n201 5 1\nnan 1 1")
    return tree


def of_another_size(tree: Path) -> Path:
    picture(endonuke(tree) / "data/dataset/images/15.png", 256)
    return tree


@pytest.mark.parametrize(
    ("data_set", "broken", "found"),
    [
        ("pannuke", without_masks, "fold 2: no masks.npy"),
        ("consep", without_labels, "train_2.png: no Labels/train_2.mat"),
        ("consep", without_test, "no folder of test images (found: Train)"),
        ("bci", without_partner, "00001_train_1+.png: no image of this name in HE"),
        ("bci", of_two_sizes, "(32, 32) px, its partner (48, 48)"),
        ("bci", without_score, "00009_train.png: not named like 00012_train_1+.png"),
        ("endonuke", without_image, "15.txt: no image 15.png"),
        ("endonuke", twice_labelled, "tile 15: labelled twice in the bulk part, by ptg1 and stud2"),
        ("endonuke", beside, "line 2: (201, 5) lies beside 200 × 200 px"),
        ("endonuke", beside, "line 3: 'nan 1 1' is no `x y class`"),
        ("endonuke", of_another_size, "(256, 256) px, not 200 × 200 or 400 × 400"),
    ],
)
def test_a_broken_tree_is_told_what_it_lacks(tmp_path, data_set, broken, found):
    tree = broken(tmp_path / "tree")
    with pytest.raises(UserError) as error:
        adopt_tree(data_set, str(tree), str(tmp_path / "my"))
    assert found in error.value.found
    assert error.value.fix
    assert not (tmp_path / "my").exists()  # before anything was written


@pytest.mark.parametrize("data_set", sorted(TREES))
def test_an_empty_folder_is_told_what_belongs_there(tmp_path, data_set):
    with pytest.raises(UserError, match=r"no \w+"):
        adopt_tree(data_set, str(tmp_path), str(tmp_path / "my"))


def test_an_archive_is_to_be_unpacked(tmp_path, capsys):
    text(tmp_path / "fold_1.zip", "PK")
    with pytest.raises(SystemExit, match="unpack the archive"):
        main(["pannuke", str(tmp_path / "fold_1.zip"), "--to", str(tmp_path / "my")])


def test_tables_are_joined_and_never_overwritten(tmp_path):
    table = tmp_path / "my/samples.tsv"
    adopted(tmp_path / "one", "pannuke")
    for data_set, add in (("pannuke", False), ("endonuke", True), ("endonuke", True)):
        tree = TREES[data_set](tmp_path / data_set)
        adopt_tree(data_set, str(tree), str(tmp_path / "my"), add)
    stains = [one.columns["stain"] for one in read_samples(table, RGB)]
    assert stains == ["HE"] * 3 + ["IHC"] * 4
    with pytest.raises(UserError, match="--add"):
        adopt_tree("endonuke", str(tree), str(tmp_path / "my"))
