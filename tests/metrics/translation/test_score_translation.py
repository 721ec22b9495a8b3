"""All scores of a made-up translation: the rows, what they say, and what is said where none is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.pretrained_scores import load_networks
from cytoforge.metrics.translation.patch_distances import distances, evenly, grid
from cytoforge.metrics.translation.score_translation import TranslationScores, score_translation
from cytoforge.metrics.translation.translation_fields import Photo, Translation, halves
from cytoforge.metrics.translation.translation_metrics import FAMILIES, SERIES
from cytoforge.metrics.translation.translation_verdicts import translation_verdicts, value_of
from cytoforge.segmentation.centroid_matching import centroids
from cytoforge.segmentation.stained_regions import deconvolved_nuclei
from tests.metrics.translation.fields import CENTRES, disks, he, ihc

NAMES = ("a", "b", "c")


def translation(**more) -> Translation:
    """Three fields of IHC and H&E of the same nuclei; of the last one nucleus is lost."""
    made = [he("a"), he("b"), he("c", centres=CENTRES[:3])]
    target = [he(f"real{k}", seed=k + 5) for k in range(4)]
    return Translation([ihc(name) for name in NAMES], made, target, **more)


@pytest.fixture(scope="module")
def paired() -> TranslationScores:
    whole = translation(
        partners={name: he(name, seed=9 + k) for k, name in enumerate(NAMES)},
        cycled={name: ihc(name, brown=1).rgb for name in NAMES},
        truth={name: centroids(disks()) for name in NAMES},
    )
    return score_translation(whole, finders={"exact": lambda rgb: (deconvolved_nuclei(rgb), None)})


def test_every_metric_has_a_row_for_every_series(paired: TranslationScores):
    scores = paired.scores
    for family, metrics in FAMILIES.items():
        for metric in metrics:
            series = set(scores.loc[scores["metric"] == metric.name, "series"])
            wanted = set(SERIES) - ({"real_vs_real"} if family == "task" else set())
            assert series == wanted, metric.name
    assert not scores["value"].isna()[scores["status"] == "ok"].any()
    assert scores["value"].isna()[scores["status"] != "ok"].all()


def test_one_nucleus_of_twelve_is_lost_and_none_invented(paired: TranslationScores):
    scores = paired.scores
    assert value_of(scores, "lost", "model", "exact") == pytest.approx(1000 / 12)
    assert value_of(scores, "invented", "model", "exact") == 0
    assert value_of(scores, "nuclei_f1", "model", "exact") == pytest.approx(22 / 23)
    assert value_of(scores, "nuclei_f1", "untranslated", "exact") == 1  # the source itself


def test_made_images_have_the_stains_of_the_target(paired: TranslationScores):
    scores = paired.scores
    eosin = {name: value_of(scores, "od_eosin", name) for name in SERIES}
    assert eosin["model"] == pytest.approx(eosin["real_vs_real"], abs=0.02)
    assert abs(eosin["untranslated"] - eosin["real_vs_real"]) > 0.1
    brown = {name: value_of(scores, "positive_fraction", name, "0.07") for name in SERIES}
    assert brown["model"] == brown["real_vs_real"] == 0 < brown["untranslated"]
    assert value_of(scores, "positive_distance", "untranslated", "0.07") == brown["untranslated"]


def test_few_images_are_shown_one_by_one(paired: TranslationScores):
    scores = paired.scores
    row = scores[(scores["metric"] == "lost") & (scores["series"] == "model")].iloc[0]
    assert (row["interval"], row["unit_values"]) == ("range of 3 images", "0 0 250")


def test_quality_is_against_the_partner_of_the_same_place(paired: TranslationScores):
    scores = paired.scores
    psnr = {name: value_of(scores, "psnr", name) for name in SERIES}
    assert psnr["model"] > psnr["reinhard"]
    assert psnr["model"] > psnr["untranslated"]
    assert value_of(scores, "cycle_error", "model") > 0


def test_a_sweep_of_gates_for_every_series(paired: TranslationScores):
    points = paired.points
    pooled = points[(points["series"] == "model") & (points["unit"] == "all")]
    assert pooled["gate"].tolist() == [4, 8, 12, 16, 24]  # px: no size of a pixel is known
    assert pooled["recall"].tolist() == pytest.approx([11 / 12] * 4 + [11 / 12])


def test_average_precision_is_where_nuclei_have_a_confidence():
    whole = translation(truth={name: centroids(disks()) for name in NAMES})
    sure = [
        replace(p, confidence={"exact": np.linspace(0.5, 1, p.nuclei["exact"].max())})
        for p in whole.made
    ]
    scores = score_translation(replace(whole, made=sure)).scores
    assert value_of(scores, "point_ap", "model", "exact") == pytest.approx(11 / 12)
    assert value_of(scores, "point_ap", "untranslated", "exact") is None


def test_a_field_is_compared_where_its_partner_shows_it():
    whole = translation(cycled={})
    part = np.s_[8:60, 4:64]
    moved = replace(
        he("a", seed=9), rgb=whole.made[0].rgb[part], nuclei={"exact": disks()[part]}, part=part
    )
    known = replace(whole, partners={"a": moved}, residual_px={"a": 1.5})
    scored = score_translation(known)
    assert value_of(scored.scores, "psnr", "model") == 100  # the same pixels
    assert value_of(scored.scores, "positive_hd95", "model", "0.07") is None  # neither is brown
    assert value_of(scored.scores, "positive_hd95", "untranslated", "0.07") == pytest.approx(
        np.hypot(52, 60)
    )
    assert value_of(scored.scores, "lost", "real_vs_real", "exact") == 0
    assert scored.settings["residual_px"] == {"a": 1.5}


def test_what_cannot_be_computed_says_why():
    scores = score_translation(translation()).scores
    why = {
        (row["metric"], row["series"]): row["status"]
        for row in scores[scores["status"] != "ok"].to_dict("records")
    }
    assert why["psnr", "model"].startswith("not applicable: needs real partners")
    assert why["lost", "reinhard"].startswith("skipped: needs the segmenter")
    assert why["fid", "model"] == "skipped: no networks were given"
    assert why["cycle_error", "model"].startswith("not applicable")
    assert not (scores["family"] == "task").any()  # no true points


def test_sizes_of_pixels_turn_the_gate_into_micrometres():
    whole = translation(truth={"a": centroids(disks())})
    sized = [[Photo(*_parts(p), pixel_size_um=0.5) for p in s] for s in (whole.source, whole.made)]
    scored = score_translation(Translation(*sized, whole.target, truth=whole.truth))
    assert (scored.settings["gate"], scored.settings["gate_unit"]) == (3.0, "µm")
    assert set(scored.points["gate_unit"]) == {"µm"}
    assert set(scored.points["unit"]) == {"all", "a"}  # nobody has looked at the others


def _parts(photo: Photo) -> tuple:
    return photo.name, photo.unit, photo.rgb, photo.nuclei


def test_before_and_after_are_the_same_fields():
    with pytest.raises(ValueError, match="one order"):
        Translation([ihc("a"), ihc("b")], [he("b"), he("a")], [he("c")])


def test_halves_share_no_unit_where_there_are_two():
    photos = [he(f"f{k}", unit=f"patient{k // 2}") for k in range(6)]
    first, second = halves(photos)
    assert {p.unit for p in first} == {"patient0", "patient2"}
    assert {p.unit for p in second} == {"patient1"}
    first, second = halves(photos[:2])
    assert [len(first), len(second)] == [1, 1]
    assert halves(photos[:1])[1] == []


def test_patches_are_cut_from_a_grid_and_chosen_evenly():
    photo = he("a")
    patches, units = grid([photo], 24)
    assert patches.shape == (4, 24, 24, 3)
    assert (patches[3] == photo.rgb[24:48, 24:48]).all()
    assert units.tolist() == ["a"] * 4
    assert evenly(4, 4).tolist() == [0, 1, 2, 3]


@pytest.mark.usefixtures("no_weights")
def test_without_weights_there_are_no_distances():
    networks = load_networks(MetricsConfig())
    assert distances([he("a")], {"model": [he("b")]}, networks, 32, 0.95, "image", 1) == []
    scores = score_translation(translation(), networks).scores
    assert "VGG16" in _status(scores, "vgg16_frechet") or "weights" in _status(
        scores, "vgg16_frechet"
    )


def _status(scores: pd.DataFrame, metric: str) -> str:
    return str(scores.loc[scores["metric"] == metric, "status"].iloc[0])


def test_verdicts_say_the_figures_they_rest_on():
    rows = [
        ("invented", "model", "stain", 12.0),
        ("lost", "model", "stain", 130.0),
        ("vgg16_frechet", "model", "", 40.0),
        ("vgg16_frechet", "untranslated", "", 100.0),
        ("vgg16_frechet", "reinhard", "", 30.0),
    ]
    scores = pd.DataFrame(rows, columns=["metric", "series", "variant", "value"])
    kept, near, beats = translation_verdicts(scores)
    assert (kept.passed, near.passed, beats.passed) == (False, True, False)
    assert "130 are lost and 12 are invented" in kept.text
    assert "40" in near.text
    assert "Reinhard" in beats.text
    assert [v.passed for v in translation_verdicts(scores.assign(value=np.nan))] == [None] * 3
