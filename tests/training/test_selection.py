"""What `select_by: lpips` does without weights: refused where the user gave it, said where not."""

import pytest

from cytoforge.config.metrics import MetricsConfig
from cytoforge.errors import UserError
from cytoforge.models.pix2pix.config import CONFIG
from cytoforge.training.launch import _distances

pytestmark = pytest.mark.usefixtures("no_weights")


def test_a_given_score_without_weights_is_refused():
    with pytest.raises(UserError, match="skipped: alexnet_features") as refused:
        _distances(CONFIG(select_by="lpips"), MetricsConfig(), 64)
    assert "select_by" in refused.value.where
    assert "make weights" in refused.value.fix


def test_a_given_score_is_refused_for_tiles_that_are_too_small():
    with pytest.raises(UserError, match="tiles of 16 px, below 31"):
        _distances(CONFIG(select_by="lpips"), MetricsConfig(), 16)


def test_the_task_falls_back_by_itself_and_says_so(capsys: pytest.CaptureFixture[str]):
    assert _distances(CONFIG(), MetricsConfig(), 64) == {}
    assert "LPIPS in validation skipped: alexnet_features" in capsys.readouterr().out


def test_other_scores_need_no_weights():
    assert _distances(CONFIG(select_by="l1"), MetricsConfig(), 64) == {}
