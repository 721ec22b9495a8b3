"""What must go together in data sets of two domains, and where models translate between them."""

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from cytoforge.config.derived_channels import derived_channels
from cytoforge.config.problem import CHANNELS, Keys, Problem, wrong_name
from cytoforge.config.sets import REAL
from cytoforge.config.task import TRANSLATION, UNPAIRED_TASK, task_of
from cytoforge.config.tiles import DAB, DatasetConfig
from cytoforge.config.training import TrainingConfig

if TYPE_CHECKING:
    from cytoforge.config.model import Config


def domain_problems(config: "Config", training: Mapping[str, TrainingConfig]) -> list[Problem]:
    """Return every problem, with its path.

    Parameters
    ----------
    training : training settings by model, of those that are right in themselves
    """
    problems = [
        problem
        for name, dataset in config.datasets.items()
        for problem in _of_dataset(("datasets", name), dataset, config.images.channels)
    ]
    for name, settings in training.items():
        problems += _of_model(config, name, settings)
    for name, block in config.sets.items():
        if block.translated_by is not None and block.translated_by in training:
            problems += _of_set(config, name, training[block.translated_by])
    return problems


def _of_dataset(
    where: Keys, dataset: DatasetConfig, channels: Collection[str]
) -> Iterator[Problem]:
    if dataset.where is not None and dataset.set != REAL:
        yield Problem((*where, "where"), "is of the images in samples.tsv; leave `set` out")
    if dataset.domains is None:
        return
    names = list(dataset.domains)
    if dataset.set != REAL:
        message = "domains are of the images in samples.tsv; leave the key out"
        yield Problem((*where, "set"), message)
    if dataset.crop_px is not None and dataset.crop_px % dataset.tile_px:
        whole = max(1, round(dataset.crop_px / dataset.tile_px)) * dataset.tile_px
        yield Problem(
            (*where, "crop_px"),
            f"{dataset.crop_px} is no multiple of tile_px ({dataset.tile_px}), to which crops are"
            f" averaged; for example {whole}",
        )
    if dataset.positive is None:
        return
    wanted = dataset.positive.domain
    if wanted not in names:
        message = f"no domain {wanted!r} (there: {', '.join(names)})"
        yield wrong_name((*where, "positive", "domain"), message, wanted, names)
    if DAB not in (*channels, *derived_channels(tuple(channels))):
        yield Problem(
            (*where, "positive"),
            "needs red, green and blue images, of which DAB is found by colour deconvolution"
            f" (`images.channels`: {', '.join(channels)})",
            among=CHANNELS,
        )


def _of_model(config: "Config", name: str, settings: TrainingConfig) -> Iterator[Problem]:
    """Name a model whose data set does not have what its task learns from."""
    block = config.models[name]
    dataset = config.datasets.get(block.dataset)
    if dataset is None:
        return
    task = task_of(settings)
    if dataset.where is not None and task.makes != "instances":
        yield Problem(
            ("datasets", block.dataset, "where"),
            f"is for models that find instances, and {name!r} learns {task.summary}: its scores are"
            " of all images",
        )
    with_domains = [n for n, one in config.datasets.items() if one.reference is None]
    others = [n for n, one in config.datasets.items() if one.domains is None]
    yield from _of_unpaired(config, name, settings)
    if task.makes == TRANSLATION and dataset.domains is None:
        yield Problem(
            ("models", name, "dataset"),
            f"{block.model} learns between two domains, and {block.dataset!r} has no `domains`"
            f" (those that do: {', '.join(with_domains) or 'none'})",
        )
    if task.makes == TRANSLATION and block.export:
        yield Problem(("models", name, "export"), "is for generators of images of label maps")
    if task.makes != TRANSLATION and dataset.reference is None:
        yield Problem(
            ("models", name, "dataset"),
            f"{block.model} learns {task.summary}, and {block.dataset!r} has two domains and no"
            f" label maps (those that have: {', '.join(others) or 'none'})",
        )


def _of_unpaired(config: "Config", name: str, settings: TrainingConfig) -> Iterator[Problem]:
    """Name a model that learns from pairs where there are none, or the reverse."""
    block = config.models[name]
    dataset = config.datasets[block.dataset]
    if dataset.unpaired and settings.task != UNPAIRED_TASK:
        yield Problem(
            ("models", name, "dataset"),
            f"{block.dataset!r} has label maps of one domain and images of another, and {name!r}"
            f" learns {task_of(settings).summary} from pairs; take `model: oasis` with `task:"
            f" {UNPAIRED_TASK}` and `training: {{supervision: usis}}`",
        )
    if settings.task == UNPAIRED_TASK and not dataset.unpaired:
        there = [n for n, one in config.datasets.items() if one.unpaired]
        yield Problem(
            ("models", name, "dataset"),
            f"`task: {UNPAIRED_TASK}` learns from label maps of one domain and images of another,"
            f" and {block.dataset!r} lacks one of `reference` and `domains` (those that have both:"
            f" {', '.join(there) or 'none'})",
        )


def _of_set(config: "Config", name: str, settings: TrainingConfig) -> Iterator[Problem]:
    """Name domains of a translated set that its model does not know, or does not go between."""
    block = config.sets[name]
    model = str(block.translated_by)
    dataset = config.datasets.get(config.models[model].dataset)
    if task_of(settings).makes != TRANSLATION or dataset is None or dataset.domains is None:
        return  # named elsewhere
    domains = list(dataset.domains)
    ends = {"from": block.from_domain, "to": block.to_domain}
    unknown = {key: end for key, end in ends.items() if end not in domains}
    for key, end in unknown.items():
        yield wrong_name(
            ("sets", name, key),
            f"no domain {end!r} in the data set of {model!r} (there: {', '.join(domains)})",
            str(end),
            domains,
        )
    if not unknown and block.from_domain == block.to_domain:
        message = f"{block.to_domain!r} is `from` already; name the other domain"
        yield Problem(("sets", name, "to"), message)
    elif not unknown and block.from_domain != domains[0] and not settings.translates_back:
        yield Problem(
            ("sets", name, "from"),
            f"{config.models[model].model} translates {' to '.join(domains)} only; take a model of"
            f" both ways (cyclegan), or name {domains[1]!r} first in `domains`",
        )
    source = config.sets.get(block.images)
    if source is not None and source.to_domain not in (None, block.from_domain):
        yield Problem(
            ("sets", name, "images"),
            f"the images of {block.images!r} are of domain {source.to_domain!r}, not"
            f" {block.from_domain!r}",
        )
