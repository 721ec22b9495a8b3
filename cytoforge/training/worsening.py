"""Whether validation only got worse after its first time: what is kept then, and what helps.

Losses of an adversarial training need not tell: once LPIPS rose from 0.70 to 0.737 on val tiles,
the last step was kept, and no line said so.
"""

from cytoforge.config.task import task_of
from cytoforge.config.training import TrainingConfig
from cytoforge.training.history import History

FEWEST = 3  # of two equal ones the second is the worse by chance in every other training

Course = list[tuple[int, float]]
"""Steps and scores of the validations."""


def worsening(config: TrainingConfig, history: History, kept_step: int) -> str:
    """Return a sentence where no validation was as good as the first, "" elsewhere.

    kept_step : whose weights are kept
    """
    name, course = _watched(config, history)
    task = task_of(config)

    def loss(score: float) -> float:
        return task.loss(score, name)

    went = "rose" if loss(1) > loss(0) else "fell"
    if len(course) < FEWEST or min(loss(score) for _, score in course[1:]) <= loss(course[0][1]):
        return ""
    (first, best), (last, worst) = course[0], max(course, key=lambda point: loss(point[1]))
    return (
        f"validation only got worse: {name} {went} from {best:.3g} at step {first} to {worst:.3g}"
        f" at step {last}, and the weights of step {kept_step} are kept. {_remedy(config)}"
    )


def _watched(config: TrainingConfig, history: History) -> tuple[str, Course]:
    """Return the score that chooses, or else would choose, the checkpoint, and its course."""
    task = task_of(config)
    for name in (config.selection, task.select_by, *task.scores):
        if name not in history.scores:  # `last`
            continue
        found = [(int(row["step"] or 0), history.scores_of(row)[name]) for row in history.rows]
        if course := [(step, score) for step, score in found if score is not None]:
            return name, course
    return "", []


def _remedy(config: TrainingConfig) -> str:
    if config.selection == "last":
        return "Let validation choose: take out `training.select_by: last`"
    return f"Lower `training.learning_rate` (now {config.learning_rate:g})"
