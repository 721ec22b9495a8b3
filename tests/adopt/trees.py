"""Miniature downloads, in the exact layout of the real ones."""

from pathlib import Path

import numpy as np
from PIL import Image as PillowImage
from scipy.io import savemat


def picture(path: Path, side: int = 32, value: int = 200) -> Path:
    """Write a picture of one colour, with a darker square in its middle."""
    pixels = np.full((side, side, 3), value, np.uint8)
    pixels[side // 4 : side // 2, side // 4 : side // 2] = value // 2
    path.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(pixels).save(path)
    return path


def pannuke(tree: Path, tiles: int = 2, side: int = 32) -> Path:
    """Write three folds of tiles; the last tile of each has no nucleus.

    The first has number 7 twice, as an inflammatory nucleus (rows 2 to 5) and as a neoplastic one
    (rows 4 to 7): they overlap in rows 4 and 5. A dead nucleus, 3, lies wholly under the latter.
    """
    for fold in (1, 2, 3):
        images = np.full((tiles, side, side, 3), 10.0 * fold)
        masks = np.zeros((tiles, side, side, 6))
        masks[0, 2:6, 2:10, 1] = 7
        masks[0, 4:8, 2:10, 0] = 7
        masks[0, 6:7, 4:6, 3] = 3
        masks[..., 5] = ~masks[..., :5].any(-1)
        for kind, name, array in (
            ("images", "images", images),
            ("images", "types", np.array([["Breast", "Bile-duct"][k % 2] for k in range(tiles)])),
            ("masks", "masks", masks),
        ):
            folder = tree / f"Fold {fold}" / kind / f"fold{fold}"
            folder.mkdir(parents=True, exist_ok=True)
            np.save(folder / f"{name}.npy", array)
    return tree


def nuclei_map(side: int = 32) -> np.ndarray:
    """Return nuclei 2 (left) and 9 (right), float64 as MATLAB has numbers."""
    labels = np.zeros((side, side))
    labels[4:12, 4:12], labels[4:12, 20:28] = 2, 9
    return labels


def consep(tree: Path, train: int = 3, test: int = 1) -> Path:
    """Write images with a malignant epithelial nucleus (4) and a muscle one (6)."""
    for part, count in (("Train", train), ("Test", test)):
        for number in range(1, count + 1):
            name, labels = f"{part.lower()}_{number}", nuclei_map()
            picture(tree / "CoNSeP" / part / "Images" / f"{name}.png")
            picture(tree / "CoNSeP" / part / "Overlay" / f"{name}.png")
            path = tree / "CoNSeP" / part / "Labels" / f"{name}.mat"
            path.parent.mkdir(parents=True, exist_ok=True)
            savemat(
                path,
                {
                    "inst_map": labels,
                    "type_map": np.where(labels == 2, 4.0, np.where(labels == 9, 6.0, 0.0)),
                    "inst_type": np.array([[4.0], [6.0]]),
                    "inst_centroid": np.array([[7.5, 7.5], [23.5, 7.5]]),
                },
            )
    return tree


KUMAR = {
    "train": ("TCGA-18-5592-01Z-00-DX1", "TCGA-38-6178-01Z-00-DX1", "TCGA-49-4488-01Z-00-DX1"),
    "test_same": ("TCGA-21-5784-01Z-00-DX1",),
    "test_diff": ("TCGA-AY-A8YK-01A-01-TS1",),
}


def kumar(tree: Path) -> Path:
    """Write training images, and test images of the same and of other organs."""
    for part, names in KUMAR.items():
        for name in names:
            picture(tree / "kumar" / part / "Images" / f"{name}.tif")
            path = tree / "kumar" / part / "Labels" / f"{name}.mat"
            path.parent.mkdir(parents=True, exist_ok=True)
            savemat(path, {"inst_map": nuclei_map()})
    return tree


def text(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def endonuke(tree: Path) -> Path:
    """Write four bulk tiles of three slides, two of each size, one of them without a nucleus, and
    a tile that two annotators have labelled."""
    data = tree / "data" / "dataset"
    bulk = {"12": ("ptg1", 200), "15": ("stud2", 400), "31": ("stud2", 200), "40": ("stud4", 400)}
    for tile, (annotator, side) in bulk.items():
        picture(data / "images" / f"{tile}.png", side)
        picture(data / "images_context" / f"{tile}.png", 60)
        text(data / "labels" / "bulk" / annotator / f"{tile}.txt", f"{side // 4} 7 1\n3 {side} 0\n")
        text(data / "metadata" / f"{tile}.json", f'{{"slide_id": "s{tile[0]}", "x": 5}}')
    text(data / "labels" / "bulk" / "stud4" / "40.txt", "")
    picture(data / "images" / "99.png", 200)
    for annotator, point in (("ptg1", "10 10 0"), ("stud1", "11 10 2")):
        text(data / "labels" / "agreement" / "hidden" / annotator / "99.txt", point + "\n")
    text(data / "files_lists" / "bulk" / "ptg1" / "labels.txt", "../../../labels/bulk/ptg1/12.txt")
    text(tree / "data" / "master_ymls" / "bulk.yaml", "images_lists: []\n")
    return tree


def bci(tree: Path, side: int = 32) -> Path:
    """Write five training pairs, of two scores, and a test pair."""
    names = [f"0000{n}_train_{'1+' if n < 3 else '3+'}" for n in range(5)] + ["00000_test_0"]
    for name in names:
        for stain, value in (("HE", 220), ("IHC", 180)):
            part = name.split("_")[1]
            picture(tree / "BCI_dataset" / stain / part / f"{name}.png", side, value)
    text(tree / "BCI_dataset" / "README.md", "## BCI_dataset")
    return tree


TREES = {"pannuke": pannuke, "consep": consep, "kumar": kumar, "endonuke": endonuke, "bci": bci}
