"""Best checkpoint, early stopping, moving average, history."""

import math

import pytest
import torch
from torch import nn

from cytoforge.config.training import config_class
from cytoforge.errors import UserError
from cytoforge.training.ema import MovingAverage
from cytoforge.training.history import History
from cytoforge.training.session import Session
from cytoforge.training.validation import selected


class OneWeight:
    """A model whose only weight is the number of steps taken."""

    def __init__(self) -> None:
        self.sampler = nn.Linear(1, 1, bias=False).requires_grad_(False)
        self.networks, self.optimisers = {}, {}
        self.sampler.weight.zero_()

    def update(self, batch, step):
        self.sampler.weight += 1
        return {"loss": self.sampler.weight.detach()[0, 0].clone()}


def scores(l1: float | None = None, lpips: float | None = None) -> dict[str, float | None]:
    return {"l1": l1, "lpips": lpips}


def judged(config, found: list[dict]) -> tuple[Session, list[bool]]:
    session = Session(config, OneWeight())
    exhausted = []
    for score in found:
        session.took_step(session.model.update(None, 0))
        session.history.close_row(step=session.step)
        session.judge(score)
        exhausted.append(session.exhausted)
    return session, exhausted


def test_the_lowest_score_is_the_best_checkpoint(tiny_config):
    config = tiny_config(ema_decay=0, select_by="lpips")
    session, _ = judged(config, [scores(0.1, 0.5), scores(0.3, 0.2), scores(0.05, 0.4)])
    assert session.best.step == 2
    assert session.best.weights["weight"].item() == 2
    session.take_best()
    assert session.kept.weight.item() == 2


def test_the_highest_f1_is_the_best_checkpoint():
    config = config_class("unet")(ema_decay=0)
    session, _ = judged(config, [{"f1": f1, "ap": 0.1} for f1 in (0.3, 0.7, 0.5)])
    assert (session.best.step, session.best.score) == (2, 0.7)
    assert session.scores == pytest.approx([0.7, 0.3, 0.5])  # what is missing to 1


@pytest.mark.parametrize(
    ("name", "values", "best"),
    [
        ("psnr", [18.0, 21.0, 20.0], 2),
        ("ssim", [0.5, 0.4, 0.9], 3),
        ("rmse", [0.1, 0.2, 0.3], 1),
        ("vgg16_frechet", [9.0, 3.0, 4.0], 2),
    ],
)
def test_any_score_that_is_asked_for_may_choose(tiny_config, name, values, best):
    config = tiny_config(ema_decay=0, select_by=name)
    session, _ = judged(config, [{**scores(0.1), name: value} for value in values])
    assert session.best.step == best
    assert f"val_{name}" in session.history.rows[0]
    assert min(session.scores) == session.scores[best - 1] > 0  # as losses, for `plateau`


def test_what_is_not_asked_for_has_no_column(tiny_config):
    assert Session(tiny_config(), OneWeight()).history.scores == ("l1", "lpips")


def test_lpips_falls_back_on_l1(tiny_config):
    config = tiny_config(select_by="lpips")
    assert selected(config, scores(l1=0.1, lpips=None)) == ("l1", 0.1)


def test_last_keeps_the_last(tiny_config):
    config = tiny_config(ema_decay=0, select_by="last", patience=1)
    session, exhausted = judged(config, [scores(0.1), scores(0.2), scores(0.3)])
    assert session.best.step == 3
    assert not any(exhausted)


def test_without_val_tiles_the_last_is_kept(tiny_config):
    session, _ = judged(tiny_config(ema_decay=0, select_by="l1"), [scores(), scores()])
    assert session.best.step == 2


def test_patience_counts_validations_since_the_best(tiny_config):
    config = tiny_config(select_by="l1", patience=2)
    found = [scores(l1) for l1 in (0.5, 0.6, 0.4, 0.4, 0.7)]
    assert judged(config, found)[1] == [False, False, False, False, True]


def test_the_average_forgets_its_start_and_then_follows_slowly():
    network = nn.Linear(1, 1, bias=False).requires_grad_(False)
    network.weight.fill_(10.0)
    average = MovingAverage(network, decay=0.9)
    network.weight.zero_()
    average.update(0)  # decay (1 + 0) / (10 + 0)
    assert average.network.weight.item() == pytest.approx(1.0)
    average.update(10_000)
    assert average.network.weight.item() == pytest.approx(0.9)


def test_the_average_goes_on_after_a_resume():
    # It lists tensors once: loading must not have put others in their place.
    network = nn.Linear(1, 1, bias=False).requires_grad_(False)
    average = MovingAverage(network, decay=0.9)
    network.load_state_dict({"weight": torch.tensor([[10.0]])})
    average.network.load_state_dict({"weight": torch.tensor([[5.0]])})
    average.update(10_000)
    assert average.network.weight.item() == pytest.approx(5.5)


def test_the_average_includes_batch_norm_statistics():
    network = nn.BatchNorm2d(1)
    average = MovingAverage(network, decay=0.5)
    network.running_mean.fill_(4.0)
    network.num_batches_tracked.fill_(7)
    average.update(10_000)
    assert average.network.running_mean.item() == pytest.approx(2.0)
    assert average.network.num_batches_tracked.item() == 7


def test_a_row_holds_means_since_the_last():
    history = History(["l1", "lpips"])
    for value in (1.0, 3.0):
        history.add({"loss": torch.tensor(value)})
    history.close_row(step=2)
    history.add({"loss": torch.tensor(7.0)})
    history.close_row(step=3)
    history.score(scores(l1=0.25))
    assert history.rows == [
        {"step": 2, "loss": 2.0, "val_l1": None, "val_lpips": None},
        {"step": 3, "loss": 7.0, "val_l1": 0.25, "val_lpips": None},
    ]


def test_a_loss_may_be_written_over_by_the_next_step():
    history, loss = History(), torch.zeros(())  # as a recorded step has them
    for value in (1.0, 3.0):
        history.add({"loss": loss.fill_(value)})
    assert history.close_row(step=2)["loss"] == 2.0


def test_history_is_plain_csv(tmp_path):
    history = History(["l1", "lpips"])
    history.add({"loss": torch.tensor(0.5)})
    history.close_row(step=1)
    history.write(tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_text() == "step,loss,val_l1,val_lpips\n1,0.5,,\n"


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("name", ["l1", "lpips"])  # also one that does not choose the checkpoint
def test_a_score_that_is_no_number_stops_with_advice(tiny_config, name, value):
    config = tiny_config(ema_decay=0, select_by="l1")
    message = rf"val_{name} = (nan|inf) at step 2(.|\n)*learning_rate"
    with pytest.raises(UserError, match=message):
        judged(config, [scores(0.1, 0.2), scores(**{"l1": 0.1, "lpips": 0.2, name: value})])


def test_weights_that_are_no_numbers_are_not_kept(tiny_config):
    # Without val tiles nothing else would tell.
    session, _ = judged(tiny_config(ema_decay=0), [scores()])
    session.model.sampler.weight.fill_(math.nan)
    with pytest.raises(UserError, match=r"weights of weight that are no numbers, at step 1"):
        session.judge(scores())


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_losses_that_explode_stop_with_advice(value):
    history = History()
    history.add({"g_l1": torch.tensor(value)})
    with pytest.raises(UserError, match=r"g_l1 = (nan|inf) before step 5(.|\n)*learning_rate"):
        history.close_row(step=5)
