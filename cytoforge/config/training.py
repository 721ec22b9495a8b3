"""Training settings that all models have; each model adds its own (models/<name>/config.py).

A preset gives the values, a block of `models` overrules single ones.
"""

from pathlib import Path
from typing import Annotated, Literal, cast, get_args

from pydantic import Field, ValidationInfo, field_validator, model_validator

from cytoforge.config.base import Once, Section, later, number
from cytoforge.config.problem import Mistakes, Problem, wrong_name
from cytoforge.config.task import FRECHET, Task, task_named, task_of
from cytoforge.jobs.by_name import load, names_in

# Why weights of losses and sizes of networks have upper bounds.
WEIGHTS = "a loss of a greater weight is all that is learned, or overflows"
FILTERS = "the networks would not fit into the memory of any device"


class TrainingConfig(Section):
    task: str = "labels_to_image"
    """What is learned; given beside `model`, as `task`. A model names the tasks that it offers, the
    first one is the default."""
    steps: int | None = number(
        None, ge=1, le=100_000_000, why="at 30 steps per second that is a month"
    )
    """Training steps. Null: counted from `epochs`."""
    epochs: int = number(200, ge=1, le=100_000, why="no training has taken as many")
    """Passes over the training tiles when `steps` and `minutes` are null."""
    minutes: float | None = number(None, gt=0, le=525_600, why="that is a year")
    """Training ends after this wall time, in which no two runs take equally many steps: for
    comparing models, not for reproducible results. Steps, validations and saving count; reading
    the tiles and trying out `precision` and `compile` before the first step do not. Null: `steps`
    decide."""
    schedule: Literal["linear", "constant", "step", "cosine", "plateau"] = "linear"
    """Learning rate: `linear` is constant, then falls to 0; `step` is a tenth after every quarter;
    `cosine` falls along half a cosine; `plateau` is a fifth after 5 validations without gain."""
    constant_fraction: float = Field(0.5, ge=0, le=1)
    """Fraction of training at the full learning rate before `linear` falls."""
    batch_size: int = number(1, ge=1, le=4096, why="all tiles of a batch are in memory at once")
    """Tiles per step, over all processes. A batch that does not fit into memory is computed in
    micro-batches, whose gradients are summed."""
    learning_rate: float = number(2e-4, gt=0, le=10, why="no network learns in larger steps")
    """Adam's learning rate."""
    discriminator_rate: float = number(
        1, gt=0, le=1000, why="no discriminator learns in larger steps"
    )
    """Learning rate of the discriminators as a multiple of the generator's."""
    beta1: float = Field(0.5, ge=0, lt=1)
    """Adam's first momentum."""
    beta2: float = Field(0.999, ge=0, lt=1)
    """Adam's second momentum."""
    label_input: Literal["one_hot", "grey"] = "one_hot"
    """`one_hot`: one channel per code; `grey`: codes as grey values (compatibility)."""
    augment: Literal["none", "flip", "flip_rotate"] = "flip"
    """Geometric augmentation; image and labels always together, never interpolated."""
    jitter_px: int = number(0, ge=0, le=4096, why="it is less than a tile")
    """Random crop: tiles are padded by reflection by this much, then cropped (original: 30 of
    286, by resizing)."""
    ema_decay: float = Field(0.0, ge=0, lt=1)
    """Moving average of the generator's weights used for validation and synthesis; 0: off."""
    precision: Literal["fp32", "bf16", "auto"] = "fp32"
    """Arithmetic, `fp32` without TF32; `auto` takes bf16 on a GPU that has it, and on a CPU that
    has it where a measured step is faster."""
    processes: int = number(1, ge=1, le=1024, why="each takes a GPU or a core of its own")
    """Processes of one training, one GPU per process; `batch_size` is divided among them."""
    cpu_threads: int = number(
        2, ge=1, le=256, why="every thread takes memory, and a step gains nothing from more"
    )
    """Threads on a CPU. It is a setting and not the number of free cores: the last bits of
    sums depend on it, so another number gives other weights."""
    channels_last: bool = False
    """Memory layout; faster on GPUs, slower at batch 1 on CPUs."""
    compile: Literal["auto", "on", "off"] = "auto"
    """How a step is executed: on GPUs `auto` records it as a CUDA graph, and compiles the networks
    where a training is long enough to gain from it; `on` compiles in any case, on CPUs too; `off`
    does neither. What fails is left out and logged."""
    validate_every: int = number(500, ge=1, le=100_000_000, why="no training has more steps")
    """Steps between validations, checkpoints and sample sheets. The state to continue from is saved
    then, too, or at a later one where that would take more than a twentieth of the time."""
    validation_scores: Annotated[tuple[str, ...], Once] = later(())
    """Scores of the val tiles that each validation computes beside those of the task, as curves
    and columns of history.csv. For images of label maps: `psnr`, `rmse` and `ssim`, means over
    images of a data range of 1; `frechet`, of the whole set, which is FID (`fid`) where Inception's
    weights are there, else the distance of VGG16 features (`vgg16_frechet`). Between domains:
    `frechet` and `kernel`. What lacks its weights stays empty, and the log says so."""
    neighbours: int = later(0, ge=0, le=8, json_schema_extra={"why": "that of the data set"})
    """Label slices on each side that a model of images sees: what its data set has in
    `datasets.<name>.neighbours`, and set there."""
    select_by: str | None = None
    """The validation score that chooses the checkpoint kept, or `last`; also one of those in
    `validation_scores`. Null: that of the task, `lpips` for images, `l1` for label maps, `f1` for
    instances, `translation` between domains. Without weights, and with tiles below 31 px, `lpips`
    falls back on `l1`; given here it is refused then, before training."""
    patience: int | None = number(None, ge=1, le=1_000_000, why="no training has more validations")
    """Stop after this many validations without a better one. Null: never."""

    @property
    def size_multiple(self) -> int:
        """Sides of tiles must be multiples of this."""
        raise NotImplementedError

    @property
    def smallest_tile_px(self) -> int:
        """Smallest side of a tile on which every network of the model can be trained.

        On smaller tiles a network reduces its maps to a single pixel, which has no statistics for
        normalisation and nothing to reflect at its border, or to none.
        """
        raise NotImplementedError

    @property
    def needs(self) -> tuple[str, ...]:
        """Planes of a data set that the model learns from and to."""
        task = task_of(self)
        return (*task.inputs, *(("neighbours",) if self.neighbours else ()), task.target)

    @classmethod
    def tasks(cls) -> tuple[str, ...]:
        """Return the tasks that the model offers, the default first."""
        field = cls.model_fields["task"]
        return get_args(field.annotation) or (field.default,)

    @property
    def selection(self) -> str:
        """The validation score that chooses the checkpoint, or `last`."""
        return self.select_by or task_of(self).select_by

    @property
    def score_names(self) -> tuple[str, ...]:
        """The validation scores in the order of their columns: the task's, and those asked for."""
        task = task_of(self)
        asked = [name for name in task.known_scores if name not in task.score_names]
        wanted = {*self.validation_scores, self.selection}
        return (*task.score_names, *(name for name in asked if name in wanted))

    @property
    def pretrained(self) -> tuple[str, ...]:
        """Networks with weights from elsewhere that decide what is learned, where there are any.

        That is the one whose distance chooses the checkpoint; a model adds those of its losses.
        """
        return task_of(self).networks_of(self.selection)[:1]

    @property
    def stand_ins(self) -> dict[str, str]:
        """The network that is taken in the place of one of `pretrained` which is not there."""
        found = {"vgg19": "vgg16"}
        return found | ({"inception": "vgg16"} if self.selection == FRECHET else {})

    def initial_files(self) -> dict[str, Path]:
        """Return the files of weights that training goes on from, by config key."""
        return {}

    def for_tiles(self, tile_px: int) -> "TrainingConfig":
        """Return the settings with what follows from the side of the data set's tiles."""
        return self

    @property
    def average_ramp_up(self) -> float:
        """The fraction of a training that the average of the weights reaches back at most; 0: the
        average has no such ramp."""
        return 0.0

    @property
    def restarts(self) -> tuple[float, ...]:
        """Fractions of training, rising, at which the learning rate begins again: a next phase."""
        return ()

    @property
    def required_networks(self) -> tuple[str, ...]:
        """Networks of which one must be there for `select_by`, where it is given, to choose."""
        return task_of(self).networks_of(self.select_by or "")

    @property
    def samples_differ_by(self) -> tuple[str, ...]:
        """What can make several images of one label map: `noise`, `clusters`, `grain`,
        `dropout`."""
        return ()

    @property
    def translates_back(self) -> bool:
        """Whether a model of two domains makes images of the first from those of the second too."""
        return False

    @field_validator("select_by")
    @classmethod
    def _a_score_of_the_task(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None or "task" not in info.data:
            return value
        _check_score(task_named(info.data["task"]), value, ("last",))
        return value

    @field_validator("validation_scores")
    @classmethod
    def _scores_of_the_task(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for name in value if "task" in info.data else ():
            _check_score(task_named(info.data["task"]), name)
        return value

    @model_validator(mode="after")
    def _divisible(self) -> "TrainingConfig":
        if self.batch_size % self.processes:
            message = f"{self.batch_size} cannot be divided among {self.processes} processes"
            raise Mistakes([Problem(("processes",), message, shown="batch_size")])
        return self


def _check_score(task: Task, name: str, also: tuple[str, ...] = ()) -> None:
    known = (*task.known_scores, *also)
    if name not in known:
        message = f"{task.name} has no validation score {name!r} (there: {', '.join(known)})"
        raise Mistakes([wrong_name((), message, name, known)])


def model_names() -> tuple[str, ...]:
    """Return the names of all models, sorted."""
    return names_in("models", "config")


def config_class(name: str) -> type[TrainingConfig]:
    """Return the settings of a model of `model_names`."""
    return cast(type[TrainingConfig], load("models", name, "config").CONFIG)
