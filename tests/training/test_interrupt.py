"""Which signals ask a training to leave, and what they mean before and after it."""

import os
import signal

import pytest

from cytoforge.training.interrupt import ASKING, stop_on_signals


@pytest.fixture(autouse=True)
def _handlers():
    """Leave the handlers as they were found."""
    before = {number: signal.getsignal(number) for number in ASKING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ASKING)
def test_a_signal_is_noted_once_and_has_its_meaning_again_afterwards(number):
    before = signal.getsignal(number)
    with stop_on_signals() as stop:
        assert stop.signal is None
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), signal.SIGTERM)  # whoever hands it on may turn it into another
        assert stop.signal == number.name
    assert signal.getsignal(number) is before


def test_what_is_ignored_stays_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    with stop_on_signals() as stop:
        os.kill(os.getpid(), signal.SIGHUP)
        assert stop.signal is None
