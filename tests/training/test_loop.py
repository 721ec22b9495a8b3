"""When the state is saved, when processes ask each other, and what no step computes."""

from itertools import pairwise
from types import SimpleNamespace

import pytest

from cytoforge.training import loop
from cytoforge.training.interrupt import StopRequest
from cytoforge.training.loop import ASK_S, Leaving, Saver
from cytoforge.training.run import train
from cytoforge.training.session import Session


@pytest.fixture
def clock(monkeypatch) -> SimpleNamespace:
    """A clock that stands still unless `now` is moved."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_saving_takes_a_twentieth_of_the_time(clock):
    saved_at = []

    def save() -> None:
        saved_at.append(clock.now)
        clock.now += 3

    saver = Saver(save)
    while clock.now < 200:
        saver.save()
        clock.now += 1
    assert saved_at == [0, 63, 126, 189]  # 20 × 3 s after the end of the last
    saver.save(must=True)  # a signal, or the end
    assert len(saved_at) == 5


def asked_at(clock: SimpleNamespace, seconds_a_step: list[float]) -> list[float]:
    leaving, found = Leaving(StopRequest()), []
    leaving.request.signal = "SIGTERM"
    for seconds in seconds_a_step:
        clock.now += seconds
        if leaving.asked():
            found.append(clock.now)
    return found


@pytest.mark.parametrize("seconds", [0.001, 0.01, 0.1, 1, 10])
def test_processes_ask_each_other_every_few_seconds(clock, monkeypatch, seconds):
    monkeypatch.setattr(loop, "world_size", lambda: 2)
    monkeypatch.setattr(loop, "agreed", lambda value: value)
    # Steps become eight times as long in the middle, as when pix2pixHD's enhancer joins.
    count = int(60 / seconds) + 4
    found = asked_at(clock, [seconds] * count + [8 * seconds] * count)
    assert found[0] == pytest.approx(seconds)  # a first step may have taken long
    pauses = [later - earlier for earlier, later in pairwise(found)]
    assert (
        max(pauses) <= max(8 * seconds, 8 * 2 * ASK_S) + 1e-6
    )  # a cluster waits for 30 s at least
    assert max(pauses[-3:]) <= max(8 * seconds, 2 * ASK_S) + 1e-6
    assert min(pauses[-3:]) >= ASK_S / 2  # waiting for each other costs next to nothing


def test_a_process_alone_looks_at_every_step(clock):
    assert len(asked_at(clock, [0.001] * 50)) == 50


def test_scores_are_read_off_the_history_for_plateau_alone(
    tiny_config, tiny_data, tmp_path, monkeypatch
):
    read = []

    def counted(session: Session) -> list[float]:
        read.append(session.step)
        return []

    monkeypatch.setattr(Session, "scores", property(counted))
    for schedule, expected in (("linear", []), ("plateau", [0, 1, 2])):
        folders = tmp_path / schedule / "model", tmp_path / schedule / "state"
        config = tiny_config(steps=3, schedule=schedule)
        train(tiny_data(), config, "pix2pix", *folders, seed=1, threads=1, device="cpu")
        assert read == expected
