"""What a check says of one segmented image."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class CheckResult:
    """One question to a segmentation, and its answer.

    Attributes
    ----------
    name : of the check, as tables and messages name it
    passed : whether nothing speaks against the segmentation; also where nothing could be asked
    value : what was measured, or None where nothing could be
    threshold : what the value is compared with, as the user reads it, e.g. "at least 0.03"
    sentence : the answer in words; where nothing could be asked, "skipped: " and why
    advice : the one setting that would help; "" where the check has passed
    """

    name: str
    passed: bool
    value: float | None
    threshold: str
    sentence: str
    advice: str = ""

    def as_row(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def skipped(name: str, threshold: str, why: str) -> CheckResult:
    """Return the result of a check that could not be asked."""
    return CheckResult(name, True, None, threshold, f"skipped: {why}")


def judged(
    name: str,
    value: float,
    limits: tuple[float | None, float | None],
    sentences: tuple[str, str],
    advice: str,
) -> CheckResult:
    """Return the result of a value that is to lie between limits, both included.

    Parameters
    ----------
    limits : lowest and highest value that passes; None: no such limit
    sentences : what to say where it passes, and where it does not

    >>> judged("count", 1, (2, None), ("many", "one"), "look").sentence
    'one'
    """
    low, high = limits
    passed = (low is None or value >= low) and (high is None or value <= high)
    said = {
        (True, True): f"{low:g} to {high:g}" if low is not None and high is not None else "",
        (True, False): f"at least {low:g}" if low is not None else "",
        (False, True): f"at most {high:g}" if high is not None else "",
    }[low is not None, high is not None]
    good, bad = sentences
    return CheckResult(name, passed, value, said, good if passed else bad, "" if passed else advice)
