"""What each training cost, and which models had equal budgets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cytoforge.jobs.optional_files import read_json, read_rows, real
from cytoforge.metrics.estimates import Subject

# Trainings end with a whole step and their last validation, so equal budgets differ a little.
IMAGES_TOLERANCE, TIME_TOLERANCE = 0.01, 0.05


@dataclass(frozen=True)
class Cost:
    """The budget of one training; None where it is not known.

    sampled_parameters : of the network that makes the images, the first of the model's
    parameters : of all networks
    """

    model_name: str
    architecture: str
    preset: str
    images_seen: int | None
    steps: int | None
    batch_size: int | None
    seconds: float | None
    sampled_parameters: int | None
    parameters: int | None
    device: str


@dataclass(frozen=True)
class Budget:
    """Models that had the same of something: about `value` of `quantity`."""

    quantity: Literal["images_seen", "seconds"]
    value: float
    models: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the budget in the tables.

        >>> Budget("images_seen", 12_000, ("a", "b")).name
        'images_seen_12000'
        """
        return f"{self.quantity}_{self.value:.10g}"


def cost_of(subject: Subject) -> Cost:
    """Read what a training cost from its model folder."""
    folder = subject.folder
    totals: dict[str, Any] = read_json(folder / "training.json") or {}
    settings = (read_json(folder / "model.json") or {}).get("training", {})
    images = totals.get("images_seen")
    if images is None:
        rows = read_rows(folder / "history.csv")
        images = real(rows[-1].get("images_seen")) if rows else None
    parameters = totals.get("parameters", {})
    precision = totals.get("precision")
    return Cost(
        model_name=subject.name,
        architecture=subject.architecture,
        preset=subject.preset,
        images_seen=None if images is None else int(images),
        steps=totals.get("steps"),
        batch_size=settings.get("batch_size"),
        seconds=totals.get("seconds"),
        sampled_parameters=next(iter(parameters.values()), None),
        parameters=sum(parameters.values()) or None,
        device=", ".join(filter(None, (totals.get("device"), precision))),
    )


def budgets(costs: Sequence[Cost]) -> list[Budget]:
    """Return the groups of two or more models with equal images seen (within 1 %), and with
    equal training time (within 5 %)."""
    return [
        *_groups(costs, "images_seen", IMAGES_TOLERANCE),
        *_groups(costs, "seconds", TIME_TOLERANCE),
    ]


def _groups(
    costs: Sequence[Cost], quantity: Literal["images_seen", "seconds"], tolerance: float
) -> list[Budget]:
    """Return groups around their smallest member, each with its members in the order given."""
    amounts = {cost.model_name: value for cost in costs if (value := getattr(cost, quantity))}
    waiting = sorted(amounts, key=lambda name: (amounts[name], name))
    found = []
    while waiting:
        least = amounts[waiting[0]]
        members = {name for name in waiting if amounts[name] <= least * (1 + tolerance)}
        waiting = [name for name in waiting if name not in members]
        if len(members) > 1:
            found.append(Budget(quantity, least, tuple(n for n in amounts if n in members)))
    return found
