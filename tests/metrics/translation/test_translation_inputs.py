"""What is read of a translation's files: test regions alone, of both sides and of the nuclei."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.segmentation import parse_segmentation
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import read_image, write_image
from cytoforge.images.set_manifest import write_manifest
from cytoforge.jobs.csv_file import write_csv
from cytoforge.metrics.translation.photo_files import photos
from cytoforge.metrics.translation.run_translation import score_set
from cytoforge.metrics.translation.translation_fields import Photo
from cytoforge.metrics.translation.translation_inputs import (
    RGB,
    TranslationInputs,
    finder,
    points_of_files,
    points_px,
    read_translation,
)
from cytoforge.segmentation.of_set import COLUMNS, OK
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from cytoforge.segmentation.segmentation_file import write_segmentation
from cytoforge.split.region import Region
from cytoforge.split.regions_file import write_regions
from tests.metrics.translation.fields import SIDE, disks, he, ihc, stained

HALF = SIDE // 2


def write_photo(path: Path, rgb: np.ndarray) -> Path:
    pixels = np.ascontiguousarray(np.moveaxis(rgb, -1, 0))
    write_image(path, Image(path.name.split(".")[0], pixels, RGB, (ChannelRange(0, 255),) * 3, 0.5))
    return path


def write_nuclei(path: Path) -> Path:
    write_segmentation(path, Segmentation({"nuclei": ObjectPlane(disks())}, "drawn"))
    return path


def test_no_segmentation_is_not_taken_for_no_nuclei(tmp_path: Path):
    path = write_photo(tmp_path / "a.ome.tif", ihc("a").rgb)
    region = Region("a", "test", 0, 0, HALF, HALF, "a")

    def nuclei(status: str) -> Photo:
        (photo,) = photos([region], {"a": path}, {"net": {"a": status}})
        return photo

    empty = nuclei("skipped: none in channel 'red' (8 × 8 px)")
    assert not empty.nuclei["net"].any() and len(empty.confidence["net"]) == 0
    with pytest.raises(UserError, match="needs a GPU"):
        nuclei("skipped: needs a GPU")


@pytest.fixture
def inputs(tmp_path: Path) -> TranslationInputs:
    """Images a and b are IHC, h and k are H&E; the lower half of all but b is tested."""
    photos = {"a": ihc("a"), "b": ihc("b"), "h": he("h"), "k": he("k", seed=1)}
    images = {n: write_photo(tmp_path / f"{n}.ome.tif", p.rgb) for n, p in photos.items()}
    made = tmp_path / "fake_he"
    rows = []
    for name in "ab":
        write_photo(made / "fields" / f"{name}.ome.tif", he(name).rgb)
        rows.append({"name": name, "source": name, "image": f"fields/{name}.ome.tif"})
    write_manifest(made, rows)
    again = made / "segmentation" / "net.csv"
    write_nuclei(again.with_suffix("") / "a.ome.tif")
    write_csv(again, COLUMNS, [["a", OK, ""], ["b", "skipped: none in channel 'red'", ""]])
    regions = tmp_path / "regions.csv"
    write_regions(
        regions,
        [
            Region(name, "test" if name != "b" else "train", HALF, 0, SIDE, SIDE, f"slide_{name}")
            for name in photos
        ],
    )
    found = {name: write_nuclei(tmp_path / "net" / f"{name}.ome.tif") for name in "ab"}
    return TranslationInputs(
        made / "manifest.csv", images, ("h", "k"), regions, {"net": found}, {"net": again}
    )


def test_test_regions_alone_are_read(inputs: TranslationInputs):
    translation = read_translation(inputs).translation
    (source,), (made,) = translation.source, translation.made
    assert (source.name, source.unit, source.pixel_size_um) == ("a", "slide_a", 0.5)
    assert (source.rgb == ihc("a").rgb[HALF:]).all()
    assert (made.rgb == he("a").rgb[HALF:]).all()
    assert (made.nuclei["net"] == disks()[HALF:]).all()
    assert [photo.name for photo in translation.target] == ["h", "k"]


def test_what_could_not_be_segmented_has_no_nuclei(inputs: TranslationInputs):
    write_regions(inputs.regions, [Region(n, "test", 0, 0, SIDE, SIDE, n) for n in "abhk"])
    made = {photo.name: photo for photo in read_translation(inputs).translation.made}
    assert made["a"].nuclei["net"].any()
    assert not made["b"].nuclei["net"].any()


def test_partners_and_the_way_back_are_of_the_same_place(inputs: TranslationInputs):
    paired = replace(inputs, partners={"a": "h"}, back=inputs.manifest)
    translation = read_translation(paired).translation
    assert (translation.partners["a"].rgb == he("h").rgb[HALF:]).all()
    assert (translation.cycled["a"] == he("a").rgb[HALF:]).all()


def test_a_partner_of_another_section_is_laid_onto_its_field(inputs: TranslationInputs):
    random = np.random.default_rng(0)
    smooth = ndimage.gaussian_filter(random.normal(size=(SIDE + 6, SIDE + 6)), 1.5)
    wide = np.repeat((127 + 400 * smooth).clip(0, 255).astype(np.uint8)[..., None], 3, -1)
    for name, row, col in (("a", 3, 3), ("h", 0, 6)):  # h: 3 px higher, and right
        write_photo(inputs.images[name], wide[row : row + SIDE, col : col + SIDE])
    laid = replace(inputs, partners={"a": "h"}, registered=True)
    translation = read_translation(laid).translation
    (source,), partner = translation.source, translation.partners["a"]
    shown = source.shown_by(partner).rgb
    assert shown.shape == partner.rgb.shape == (HALF - 3, SIDE - 3, 3)
    as_it_was = wide[HALF : SIDE - 3, 9 : SIDE + 6]
    laid_on, aside = (np.abs(shown.astype(int) - x).mean() for x in (partner.rgb, as_it_was))
    assert laid_on < 3 < 30 < aside
    assert translation.residual_px["a"] < 0.5


def test_how_sure_a_segmenter_is_comes_with_each_nucleus(inputs: TranslationInputs):
    labels = disks()
    plane = ObjectPlane(labels, confidence=(labels / 8).astype(np.float32))
    write_segmentation(inputs.found["net"]["a"], Segmentation({"nuclei": plane}, "net"))
    ((source,), (made,)) = (
        getattr(read_translation(inputs).translation, side) for side in ("source", "made")
    )
    assert source.confidence["net"].tolist() == [3 / 8, 4 / 8]  # two lie in the tested half
    assert "net" not in made.confidence


def test_truth_is_points_or_nuclei_that_people_have_drawn(inputs: TranslationInputs):
    drawn = read_translation(replace(inputs, truth={"a": inputs.found["net"]["a"]}))
    assert (drawn.labels["a"] == disks()[HALF:]).all()
    assert len(drawn.translation.truth["a"]) == 2
    points = np.array([[HALF - 1.0, 3.0], [HALF + 4.0, 5.0]])  # the first lies above the region
    pointed = read_translation(replace(inputs, points={"a": points}))
    assert pointed.translation.truth["a"].tolist() == [[4.0, 5.0]]


def test_points_in_micrometres_are_of_the_images_corner():
    assert points_px(np.array([[0.0, 0.5]]), 0.5).tolist() == [[0.5, -0.5]]


def test_without_a_real_image_in_a_test_region_the_split_is_named(inputs: TranslationInputs):
    with pytest.raises(UserError, match="no image of the wanted domain"):
        read_translation(replace(inputs, target=()))


def test_a_segmenter_looks_at_a_recoloured_field():
    find = finder(parse_segmentation({"method": "stain", "network": None}), None)
    assert find(stained(disks(), 0.25))[0].max() == 4
    assert not find(np.full((32, 32, 3), 255, np.uint8))[0].any()


@pytest.mark.usefixtures("no_weights")
def test_a_set_is_scored_and_written(inputs: TranslationInputs, tmp_path: Path):
    segmenters = {"net": parse_segmentation({"method": "stain", "network": None})}
    truth = replace(inputs, truth={"a": inputs.found["net"]["a"]})
    score_set(truth, segmenters, ["net"], MetricsConfig(), 1, tmp_path / "scores")
    text = (tmp_path / "scores" / "detour.csv").read_text()
    assert text.splitlines()[1].startswith("made,net,3,")


def test_points_of_a_file_are_pixels_of_its_image(tmp_path, inputs: TranslationInputs):
    points = tmp_path / "points.csv"
    points.write_text("name,x_um,y_um,class\na,1.0,2.0,stroma\n")
    sized = replace(read_image(inputs.images["a"]), pixel_size_um=0.5)
    write_image(tmp_path / "a.ome.tif", sized)
    found = points_of_files({"a": points}, {"a": tmp_path / "a.ome.tif"})
    assert found["a"].tolist() == [[3.5, 1.5]]


def test_points_of_an_image_of_unknown_scale_are_refused(tmp_path, inputs: TranslationInputs):
    sizeless = replace(read_image(inputs.images["a"]), pixel_size_um=None)
    write_image(tmp_path / "a.ome.tif", sizeless)
    with pytest.raises(UserError, match="pixel_size_um"):
        points_of_files({"a": tmp_path / "none.csv"}, {"a": tmp_path / "a.ome.tif"})
