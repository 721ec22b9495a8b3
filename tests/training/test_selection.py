"""What `select_by: lpips` does without weights: refused where the user gave it, said where not."""

from pathlib import Path

import pytest

from cytoforge.config.metrics import MetricsConfig
from cytoforge.errors import UserError
from cytoforge.models.pix2pix.config import CONFIG
from cytoforge.training import score_networks
from cytoforge.training.run import train
from cytoforge.training.score_networks import score_distances, with_frechet_named

pytestmark = pytest.mark.usefixtures("no_weights")


def test_a_given_score_without_weights_is_refused():
    with pytest.raises(UserError, match="skipped: alexnet_features") as refused:
        score_distances(CONFIG(select_by="lpips"), MetricsConfig(), 64, 9)
    assert "select_by" in refused.value.where
    assert "make weights" in refused.value.fix


def test_a_given_score_is_refused_for_tiles_that_are_too_small():
    with pytest.raises(UserError, match="tiles of 16 px, below 31"):
        score_distances(CONFIG(select_by="lpips"), MetricsConfig(), 16, 9)


def test_the_task_falls_back_by_itself_and_says_so(capsys: pytest.CaptureFixture[str]):
    assert score_distances(CONFIG(), MetricsConfig(), 64, 9) == {}
    said = capsys.readouterr().out
    assert "LPIPS in validation skipped: alexnet_features" in said
    assert "l1 chooses the weights kept instead" in said


@pytest.mark.parametrize(
    ("select_by", "val_tiles", "choice"),
    [(None, 1, "chosen by l1"), (None, 0, "the last"), ("last", 1, "the last")],
)
def test_the_card_names_what_really_chose(
    select_by, val_tiles, choice, tiny_config, tiny_data, tmp_path
):
    config = tiny_config(steps=1, select_by=select_by)
    train(
        tiny_data(val=val_tiles), config, "pix2pix", tmp_path / "model", tmp_path / "state",
        seed=1, threads=1, device="cpu",
    )  # fmt: skip
    assert f"| weights | of step 1, {choice} |" in (tmp_path / "model/model_card.md").read_text()


def test_other_scores_need_no_weights():
    assert score_distances(CONFIG(select_by="l1"), MetricsConfig(), 64, 9) == {}


def test_frechet_is_fid_only_with_the_weights_that_define_it(monkeypatch):
    config = CONFIG(validation_scores=("frechet", "psnr"), select_by="frechet")
    named = with_frechet_named(config, MetricsConfig())
    assert (named.select_by, named.score_names) == (
        "vgg16_frechet", ("l1", "lpips", "vgg16_frechet", "psnr"),
    )  # fmt: skip
    monkeypatch.setattr(score_networks, "find_weights", lambda name, _: Path(name))
    assert with_frechet_named(config, MetricsConfig()).score_names[2] == "fid"


def test_a_score_that_is_only_shown_is_missed_and_said(capsys: pytest.CaptureFixture[str]):
    config = with_frechet_named(CONFIG(validation_scores=("frechet",)), MetricsConfig())
    assert score_distances(config, MetricsConfig(), 64, 9) == {}
    assert "the Fréchet distance in VGG16 in validation skipped" in capsys.readouterr().out


def test_a_single_val_tile_has_no_frechet_distance():
    with pytest.raises(UserError, match="a single val tile"):
        score_distances(CONFIG(select_by="fid"), MetricsConfig(), 64, 1)


@pytest.mark.parametrize(("n_val", "said"), [(5, True), (6, False)])
def test_few_val_tiles_that_choose_are_said(
    n_val: int, said: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(score_networks.LOADED, "fid", lambda _: lambda made, wanted: 0.0)
    assert "fid" in score_distances(CONFIG(select_by="fid"), MetricsConfig(), 64, n_val)
    assert ("of 5 val tiles chooses" in capsys.readouterr().out) == said


def test_the_networks_of_the_chosen_score_are_asked_for():
    assert CONFIG(select_by="frechet").required_networks == ("inception", "vgg16")
    assert CONFIG(select_by="frechet").stand_ins["inception"] == "vgg16"
    assert "inception" not in CONFIG(select_by="fid").stand_ins  # FID and nothing else
    assert CONFIG(validation_scores=("frechet",), select_by="psnr").pretrained == ()


def test_an_unknown_score_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"no validation score 'pnsr'.*did you mean `psnr`"):
        CONFIG(validation_scores=("pnsr",))


def test_without_the_key_a_config_is_written_down_as_it_was():
    assert "validation_scores" not in CONFIG().model_dump()
