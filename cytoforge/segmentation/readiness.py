"""Which segmentations cannot run here, and why: weights or an environment that are not there."""

from collections.abc import Collection
from importlib.util import find_spec

from cytoforge.config.model import Config
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import UserError


def only_compared(config: Config) -> tuple[str, ...]:
    """Return the segmentations that benchmarks compare and nothing else uses: a run can do without
    them."""
    compared = {name for one in config.benchmarks.values() for name in one.segmentations}
    used = {one.segmentation for one in config.rendered.values()}
    used |= {one.instances for one in config.own_maps.values() if one.instances}
    used |= {one.truth for one in config.benchmarks.values()}
    return tuple(name for name in config.segmentations if name in compared - used)


def not_ready(config: Config, names: Collection[str], own_environments: bool) -> dict[str, str]:
    """Return why segmentations of these names cannot run, by name; nothing of those that can.

    Parameters
    ----------
    own_environments : whether methods get the environment that they bring (`--sdm conda`); else
        their package must be importable here
    """
    found = {name: _reason(config.segmentations[name], own_environments) for name in names}
    return {name: reason for name, reason in found.items() if reason}


def _reason(block: SegmentationBase, own_environments: bool) -> str:
    try:
        block.model_files()
    except UserError as error:
        return f"{error.expected}: {error.found}; {error.fix}"
    package = block.package
    if package is None or own_environments or find_spec(package) is not None:
        return ""
    return (
        f"the package {package} of `method: {block.method}` is not installed; run with"
        f" `--sdm conda`, which makes envs/{block.method}.yaml"
    )
