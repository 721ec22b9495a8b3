"""The whole config: named blocks that refer to each other by name."""

from collections.abc import Collection, Mapping
from typing import Literal

from pydantic import Field, model_validator

from cytoforge.config.base import Name, Section, number
from cytoforge.config.benchmarks import BenchmarkConfig
from cytoforge.config.dataset_channels import channel_problems
from cytoforge.config.derived_channels import derived_channels
from cytoforge.config.images import ImagesConfig
from cytoforge.config.metrics import MetricsConfig, ReportConfig
from cytoforge.config.models import ModelConfig
from cytoforge.config.own_maps import OwnMapConfig
from cytoforge.config.problem import CHANNELS, Keys, Mistakes, Problem, no_block, wrong_name
from cytoforge.config.references import AnyReference, ReferenceConfig, unknown_regions
from cytoforge.config.segmentation import SegmentationConfig
from cytoforge.config.sets import REAL, SetConfig
from cytoforge.config.split import SplitConfig
from cytoforge.config.tiles import DatasetConfig
from cytoforge.config.utility import UtilityConfig


class Config(Section):
    """Config of a cytoforge run."""

    samples: str = "config/samples.tsv"
    """Table of images, one row per image; paths in it are relative to the working directory."""
    plugins: str | None = None
    """Folder of the user's own models, segmentation methods, metrics and image formats, each found
    by its name as the package's are: `models/<name>/`, `tasks/<name>.py`, `segmentation/<name>/`,
    `map_sources/<name>/`, `pair_metrics/<name>.py`, `set_metrics/<name>.py`, `realism/<name>.py`,
    `formats/<name>.py`, `volume_formats/<name>.py`. Null: none."""
    seed: int = number(1, ge=0, lt=2**63, why="seeds are 63-bit numbers")
    """The seed of the run; every random step derives its own from it by name."""
    images: ImagesConfig = ImagesConfig()
    """Raw images and their channels."""
    split: SplitConfig = SplitConfig()
    """How images are divided into train, val and test; one division for all data sets."""
    segmentations: dict[Name, SegmentationConfig] = Field(default_factory=dict)
    """Segmentation methods and their settings, by name."""
    checks: Literal["stop", "warn"] = "stop"
    """What happens where a check says that a segmentation cannot be right. `stop`: where more than
    half of a segmentation's images fail, or the only one, its settings are wrong: the run ends
    before training, with the reason, the overlay's path and the setting that helps; fewer are
    named, and the run goes on. `warn`: all are named, and the run goes on."""
    references: dict[Name, AnyReference] = Field(default_factory=dict)
    """Label maps, by name."""
    datasets: dict[Name, DatasetConfig]
    """Tile data sets, by name."""
    models: dict[Name, ModelConfig] = Field(min_length=1)
    """Models to train and score, by name. Only what they need is made."""
    sets: dict[Name, SetConfig] = Field(default_factory=dict)
    """Sets of images that are made, by name, beside `real` (samples.tsv) and those that carry the
    name of a model: what it makes of the test images."""
    utility: dict[Name, UtilityConfig] = Field(default_factory=dict, exclude_if=lambda v: not v)
    """Comparisons, by name, of what a segmenter learns from real, from synthetic and from both
    kinds of images."""
    benchmarks: dict[Name, BenchmarkConfig] = Field(
        default_factory=dict, exclude_if=lambda blocks: not blocks
    )
    """Segmenters that are compared on a set whose true objects are known, by name."""
    metrics: MetricsConfig = MetricsConfig()
    """How generators are scored."""
    report: ReportConfig = ReportConfig()
    """The report page."""

    @model_validator(mode="after")
    def _names_exist(self) -> "Config":
        problems = [
            *_broken("references", "segmentation", self.rendered, self.segmentations),
            *self._no_instances(),
            *_broken("datasets", "reference", self.datasets, self.references),
            *_broken("models", "dataset", self.models, self.datasets),
            *self._alike(),
            *unknown_regions(self.rendered, self.segmentations),
            *_no_channel(
                "segmentations", self.segmentations, self.images.channels, self._derived()
            ),
            *self._strips_too_narrow(),
            *_no_channel("references", self.references, self.images.channels),
            *self._layers_of_derived(),
            *self._gap_of_own_maps(),
            *channel_problems(
                self.images.channels, self.datasets, self.rendered, self.segmentations
            ),
        ]
        if problems:
            raise Mistakes(problems)
        return self

    @property
    def rendered(self) -> dict[str, ReferenceConfig]:
        """The references that are made of a segmentation."""
        return {n: r for n, r in self.references.items() if isinstance(r, ReferenceConfig)}

    @property
    def own_maps(self) -> dict[str, OwnMapConfig]:
        """The references that the user has."""
        return {n: r for n, r in self.references.items() if isinstance(r, OwnMapConfig)}

    def _no_instances(self) -> list[Problem]:
        """Name own maps whose objects are those of a segmentation that is not there."""
        there = self.segmentations
        return [
            no_block(
                ("references", name, "instances"),
                f"no block {one.instances!r} in `segmentations` (there: {', '.join(there)})",
                one.instances,
                there,
                ("segmentations",),
            )
            for name, one in self.own_maps.items()
            if one.instances is not None and one.instances not in there
        ]

    def _gap_of_own_maps(self) -> list[Problem]:
        """Name data sets balanced by a gap that the user's own classes do not have."""
        return [
            Problem(
                ("datasets", name, "max_gap_fraction"),
                f"the label map {dataset.reference!r} is the user's own and has no gap; leave the"
                " key out",
            )
            for name, dataset in self.datasets.items()
            if dataset.max_gap_fraction < 1 and dataset.reference in self.own_maps
        ]

    @property
    def required_columns(self) -> dict[str, str]:
        """Columns of samples.tsv that every image must have filled, with the key that says so."""
        tissues = {
            one.tissues: f"benchmarks.{name}.tissues"
            for name, one in self.benchmarks.items()
            if one.tissues
        }
        return {**tissues, **self.split.required_columns}

    def _derived(self) -> tuple[str, ...]:
        return derived_channels(self.images.channels)

    def _layers_of_derived(self) -> list[Problem]:
        """Name label maps whose layers would be sorted by a channel that nothing stores."""
        problems = []
        for name, reference in self.rendered.items():
            block = self.segmentations.get(reference.segmentation)
            channel = block and block.cytoplasm_channel
            if reference.n_layers and not reference.layer_channel and channel in self._derived():
                message = (
                    f"name one of images.channels ({', '.join(self.images.channels)});"
                    f" {channel!r} of the segmentation is derived, and layers are sorted by values"
                    " that the image stores"
                )
                problems.append(Problem(("references", name, "layer_channel"), message))
        return problems

    def _alike(self) -> list[Problem]:
        """Name blocks that differ in case alone: on macOS and Windows their results are one."""
        problems = []
        blocks = ("segmentations", "references", "datasets", "models", "sets")
        for key in (*blocks, "utility", "benchmarks"):
            # The set of samples.tsv and those of models lie beside the sets of the config.
            others = [REAL, *self.models] if key == "sets" else []
            known = {name.casefold(): name for name in others}
            for name in getattr(self, key):
                other = known.setdefault(name.casefold(), name)
                if other != name:
                    message = f"differs from {other!r} in case only; rename it"
                    problems.append(Problem((key, name), message))
        return problems

    def _strips_too_narrow(self) -> list[Problem]:
        """Name each tile or patch that does not fit into the strips of val and test."""
        if self.split.by != "blocks":
            return []
        patch: Keys = ("metrics", "patch_px")
        sides = [(patch, self.metrics.patch_px, "test")]
        for name, dataset in self.datasets.items():
            key = "crop_px" if dataset.crop_px else "tile_px"
            sides.append((("datasets", name, key), dataset.side_px, "val and test"))
        narrowest = self.split.block_px
        return [
            Problem(
                path,
                f"{side} is more than split.block_px ({narrowest}), the narrowest strip of {where}",
            )
            for path, side, where in sides
            if side > narrowest
        ]


def _broken(
    section: str, key: str, blocks: Mapping[str, Section], targets: Collection[str]
) -> list[Problem]:
    """Name each block whose `key` refers to a block that is not there."""
    return [
        no_block(
            (section, name, key),
            f"no block {target!r} in `{key}s` (there: {', '.join(targets) or 'none'})",
            target,
            targets,
            (f"{key}s",),
        )
        for name, block in blocks.items()
        if (target := getattr(block, key)) is not None and target not in targets
    ]


def _no_channel(
    section: str,
    blocks: Mapping[str, Section],
    channels: Collection[str],
    derived: Collection[str] = (),
) -> list[Problem]:
    """Name each block that refers to a channel which `images.channels` does not keep, and which
    is not derived from those."""
    also = f"; derived from these: {', '.join(derived)}" if derived else ""
    keys = ("nuclei_channel", "cytoplasm_channel", "layer_channel")
    return [
        wrong_name(
            (section, name, key),
            f"no channel {channel!r} in images.channels (there: {', '.join(channels)}{also})",
            channel,
            (*channels, *derived),
            CHANNELS,
        )
        for name, block in blocks.items()
        for key in keys
        if (channel := getattr(block, key, None)) is not None
        and channel not in (*channels, *derived)
    ]
