"""Which side of the threshold a measured gain lies on decides; nothing else is measured."""

from collections.abc import Callable

import pytest
import torch

from cytoforge.compute import precision
from cytoforge.compute.precision import settle_precision


@pytest.fixture
def seconds(monkeypatch) -> dict[str, float]:
    """What a step takes by its precision, to be filled in; empty: it must not be measured."""
    found: dict[str, float] = {}

    def measured(*arguments: object) -> dict[str, float]:
        assert found, "measured"
        return found

    monkeypatch.setattr(precision, "has_bf16", lambda device: True)
    monkeypatch.setattr(precision, "_seconds_per_step", measured)
    return found


@pytest.fixture
def settle() -> Callable[..., tuple[str, str]]:
    def run(wanted: str, chosen_before: str | None = None) -> tuple[str, str]:
        return settle_precision(
            wanted, torch.device("cpu"), lambda: pytest.fail("built"), chosen_before
        )

    return run


@pytest.mark.parametrize(
    ("gain", "expected"),
    [(0.8, "fp32"), (1.0, "fp32"), (1.19, "fp32"), (1.2, "fp32"), (1.21, "bf16"), (3.0, "bf16")],
)
def test_bf16_must_be_more_than_a_fifth_faster(settle, seconds, gain, expected):
    seconds.update(fp32=gain, bf16=1.0)
    line = f"precision: {expected} (measured: a bf16 step is {gain:.2f} times as fast)"
    assert settle("auto") == (expected, line)


@pytest.mark.usefixtures("seconds")
@pytest.mark.parametrize("wanted", ["fp32", "bf16"])
def test_a_precision_that_is_given_is_not_measured(settle, wanted):
    assert settle(wanted) == (wanted, f"precision: {wanted}")


@pytest.mark.usefixtures("seconds")
@pytest.mark.parametrize("chosen", ["fp32", "bf16"])
def test_what_an_interrupted_run_chose_is_not_measured_again(settle, chosen):
    assert settle("auto", chosen_before=chosen)[0] == chosen


@pytest.mark.usefixtures("seconds")
def test_without_instructions_for_bf16_nothing_is_measured(settle, monkeypatch):
    monkeypatch.setattr(precision, "has_bf16", lambda device: False)
    assert settle("auto") == ("fp32", "precision: fp32 (no bf16 instructions here)")
