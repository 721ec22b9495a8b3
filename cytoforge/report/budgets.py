"""What each training cost, and which models had equal budgets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cytoforge.report.numbers import MISSING, duration
from cytoforge.report.results import Results, read_json, read_rows, real

# Trainings end with a whole step and their last validation, so equal budgets differ a little.
IMAGES_TOLERANCE, TIME_TOLERANCE = 0.01, 0.05


@dataclass(frozen=True)
class Cost:
    """The budget of one training; None where it is not known."""

    model_name: str
    model: str
    preset: str
    images_seen: int | None
    steps: int | None
    batch_size: int | None
    seconds: float | None
    generator: int | None
    parameters: int | None
    device: str


@dataclass(frozen=True)
class Budget:
    """Models that had the same of something."""

    title: str
    models: tuple[str, ...]


def cost_of(results: Results, model_name: str) -> Cost:
    """Read what a training cost from its model folder."""
    folder = results.model_folder(model_name)
    totals: dict[str, Any] = read_json(folder / "training.json") or {}
    settings = (read_json(folder / "model.json") or {}).get("training", {})
    block = results.config["models"][model_name]
    images = totals.get("images_seen")
    if images is None:
        rows = read_rows(folder / "history.csv")
        images = real(rows[-1].get("images_seen")) if rows else None
    parameters = totals.get("parameters", {})
    precision = totals.get("precision")
    return Cost(
        model_name=model_name,
        model=block["model"],
        preset=block["preset"],
        images_seen=None if images is None else int(images),
        steps=totals.get("steps"),
        batch_size=settings.get("batch_size"),
        seconds=totals.get("seconds"),
        generator=parameters.get("generator"),
        parameters=sum(parameters.values()) or None,
        device=", ".join(filter(None, (totals.get("device"), precision))) or MISSING,
    )


def budgets(costs: Sequence[Cost]) -> list[Budget]:
    """Return the groups of two or more models with equal images seen (within 1 %), and with
    equal training time (within 5 %)."""
    by_images = _groups(costs, lambda cost: cost.images_seen, IMAGES_TOLERANCE)
    by_time = _groups(costs, lambda cost: cost.seconds, TIME_TOLERANCE)
    return [
        *(
            Budget(f"Equal images seen: about {least.images_seen:,}", names)
            for least, names in by_images
        ),
        *(
            Budget(f"Equal training time: about {duration(least.seconds or 0)}", names)
            for least, names in by_time
        ),
    ]


def _groups(
    costs: Sequence[Cost], read: Callable[[Cost], float | None], tolerance: float
) -> list[tuple[Cost, tuple[str, ...]]]:
    """Return groups around their smallest member, each with its members in the order given."""
    waiting = sorted((c for c in costs if read(c)), key=lambda c: (read(c), c.model_name))
    found = []
    while waiting:
        least = waiting[0]
        limit = (read(least) or 0) * (1 + tolerance)
        members = {c.model_name for c in waiting if (read(c) or 0) <= limit}
        waiting = [c for c in waiting if c.model_name not in members]
        if len(members) > 1:
            found.append((least, tuple(c.model_name for c in costs if c.model_name in members)))
    return found
