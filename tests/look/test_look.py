"""`make look`: a page of what is found, before any training."""

from pathlib import Path

import numpy as np
import tifffile
import yaml

from cytoforge.images.samples import Sample
from cytoforge.look.__main__ import main
from cytoforge.look.examine import spread
from tests.segmentation.conftest import blobs


def config_of(folder, **segmentation) -> str:
    """Write a table of two images, one of them blank, and a config; return the config's path."""
    tifffile.imwrite(folder / "a.tif", blobs().astype(np.uint16))
    noise = np.random.default_rng(0).normal(100, 5, (60, 60)).astype(np.uint16)
    tifffile.imwrite(folder / "b.tif", noise)
    (folder / "s.tsv").write_text(f"image\tpath\na\t{folder}/a.tif\nb\t{folder}/b.tif\n")
    config = {
        "samples": str(folder / "s.tsv"),
        "segmentations": {"cells": {"method": "watershed", **segmentation}},
        "references": {
            "level4": {"segmentation": "cells"},
            "level7": {"segmentation": "cells", "levels": 7},
        },
        "datasets": {"tiles": {"reference": "level4", "tile_px": 128}},
        "models": {"m": {"dataset": "tiles", "model": "pix2pix", "preset": "fast"}},
    }
    (folder / "c.yaml").write_text(yaml.safe_dump(config))
    return str(folder / "c.yaml")


def test_the_page_shows_what_was_found_and_what_was_not(tmp_path, capsys):
    main([f"CONFIG={config_of(tmp_path)}", f"TO={tmp_path}/look"])
    page = (tmp_path / "look/look.html").read_text()
    assert "8 nuclei, median" in page
    assert "none in channel" in page
    for name in ("a_cells.png", "a_cells_level4.png", "a_cells_level7.png"):
        assert f'src="{name}"' in page
        assert (tmp_path / "look" / name).is_file()
    assert not (tmp_path / "look/b_cells.png").exists()
    assert "look.html" in capsys.readouterr().out


def test_a_table_whose_paths_start_elsewhere(tmp_path, capsys):
    """As `make look CONFIG=config/scratch.yaml` does for an example that runs in its own folder."""
    config = config_of(tmp_path)
    text = Path(config).read_text().replace(f"{tmp_path}/s.tsv", "s.tsv")
    Path(config).write_text(text)
    (tmp_path / "s.tsv").write_text("image\tpath\na\ta.tif\n")
    main([f"CONFIG={config}", f"IN={tmp_path}", "TO=look"])
    assert (tmp_path / "look/look.html").is_file()
    assert f"{tmp_path}/look/look.html" in capsys.readouterr().out


def test_four_images_are_spread_over_the_table():
    samples = [Sample(str(number), files={}) for number in range(100)]
    assert [sample.name for sample in spread(samples)] == ["0", "33", "66", "99"]
    assert spread(samples[:3]) == samples[:3]


def test_label_maps_of_the_user_are_shown_with_what_is_wrong_with_one(tmp_path):
    """The map of image a is right; that of b has a value of no class."""
    for name, value in (("a", 7), ("b", 9)):
        tifffile.imwrite(tmp_path / f"{name}.tif", blobs().astype(np.uint16))
        own = np.where(blobs() > 60, value, 0).astype(np.uint8)
        tifffile.imwrite(tmp_path / f"{name}_map.tif", own)
    rows = [f"{name}\t{tmp_path}/{name}.tif\t{tmp_path}/{name}_map.tif\n" for name in "ab"]
    (tmp_path / "s.tsv").write_text("image\tpath\ttissue\n" + "".join(rows))
    config = {
        "samples": str(tmp_path / "s.tsv"),
        "references": {"mine": {"column": "tissue", "classes": {"ground": 0, "tumour": 7}}},
        "datasets": {"tiles": {"reference": "mine", "tile_px": 128}},
        "models": {"m": {"dataset": "tiles", "model": "pix2pix", "preset": "fast"}},
    }
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(config))
    main([f"CONFIG={tmp_path}/c.yaml", f"TO={tmp_path}/look"])
    page = (tmp_path / "look/look.html").read_text()
    assert "Label map of your own: mine" in page
    assert "tumour: " in page and "of the image" in page
    assert (tmp_path / "look/a_mine.png").is_file()
    assert (tmp_path / "look/a_mine_mine.png").is_file()
    assert "values of no class: 9 in" in page


def test_scribbles_are_learned_from_at_once(tmp_path):
    path = config_of(tmp_path, method="pixels", trees=10, scales_px=[0.7, 1.6, 3.5])
    split = "\nsplit: {fractions: {train: 0.5, val: 0, test: 0.5}}\n"
    (tmp_path / "c.yaml").write_text((tmp_path / "c.yaml").read_text() + split)
    plane = np.zeros((125, 120), np.uint8)
    plane[20, 14:27], plane[94:107, 25] = 2, 2
    plane[43, 5:60], plane[118, 60:100] = 1, 1
    tifffile.imwrite(tmp_path / "scribbles.tif", plane)
    header, first, second = (tmp_path / "s.tsv").read_text().splitlines()
    lines = [f"{header}\tscribbles\tsplit", f"{first}\t{tmp_path}/scribbles.tif\ttrain"]
    (tmp_path / "s.tsv").write_text("\n".join([*lines, f"{second}\t\ttest"]) + "\n")
    main([f"CONFIG={path}", f"TO={tmp_path}/look"])
    page = (tmp_path / "look/look.html").read_text()
    assert "out-of-bag error" in page
    assert "8 cells, median" in page
