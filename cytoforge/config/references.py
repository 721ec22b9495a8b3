"""Config of the reference label maps."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from cytoforge.config.base import Name, Section, number
from cytoforge.config.levels import CustomLevel, Preset, n_layers_of, preset_levels
from cytoforge.config.objects import region_names
from cytoforge.config.own_maps import OwnMapConfig
from cytoforge.config.problem import Mistakes, Problem, mistake, wrong_name
from cytoforge.config.segmentation import SegmentationBase

# Grey values on the scale of an image's normalisation.
Grey = Annotated[float, Field(ge=0, le=255)]
Bounds = Annotated[tuple[Grey, ...], Field(min_length=1, max_length=255)]


class LayerBoundsConfig(Section):
    mode: Literal["training", "per_image", "fixed", "original"] = "training"
    """Where the grey values that divide cells into layers come from: tertiles over all
    `training` cells (one file for all images), `per_image` tertiles, `fixed` values, or
    `original` (tertiles of one image only, the first by name, as the original did, for comparison;
    also written `compat: original`)."""
    inner: Bounds | None = None
    """Fixed bounds between layers on the 0–255 scale, e.g. [60, 70] (mode `fixed`)."""
    outer: tuple[Grey, Grey] | None = None
    """Outermost bounds on the 0–255 scale, for 9 levels and custom tables of four or more layers.
    For 9 levels null takes the 16 % and 93.8 % quantiles, or the original's [55, 95] in mode
    `original`."""

    @model_validator(mode="before")
    @classmethod
    def _compat_is_a_mode(cls, raw: Any) -> Any:
        """Read `compat: original` as `mode: original`."""
        if not isinstance(raw, dict) or "compat" not in raw:
            return raw
        if raw["compat"] != "original" or "mode" in raw:
            raise mistake("`compat: original` is the only value, and replaces `mode`", "compat")
        rest = {key: value for key, value in raw.items() if key != "compat"}
        return {**rest, "mode": "original"}

    @model_validator(mode="after")
    def _fixed_has_values(self) -> "LayerBoundsConfig":
        if self.mode == "fixed" and self.inner is None:
            raise mistake("mode `fixed` needs `inner`, e.g. [60, 70]", "mode")
        if self.mode != "fixed" and self.inner is not None:
            message = f"`inner` is only for mode `fixed`; mode `{self.mode}` finds its own"
            raise mistake(message, "inner")
        ordered = [*(self.outer or ())[:1], *(self.inner or ()), *(self.outer or ())[1:]]
        if sorted(set(ordered)) != ordered:
            raise ValueError(f"bounds must rise strictly, not {ordered}")
        return self


class ReferenceConfig(Section):
    segmentation: Name
    """Name of a block in `segmentations`."""
    levels: Preset | Annotated[tuple[CustomLevel, ...], Field(min_length=1, max_length=255)] = 4
    """4, 7 or 9 levels (the gap, code 0, is not counted), or a custom table."""
    layer_channel: str | None = None
    """Channel whose mean grey value sorts cells into layers. Null: the cytoplasm channel."""
    bounds: LayerBoundsConfig = LayerBoundsConfig()
    """How the layers are divided (7, 9 and custom levels)."""
    rim_dilation_px: int = number(0, ge=0, le=20, why="wider rims cover the cells")
    """Widen cell rims by this many pixels (the original: 1 for 4 levels, 0 for 7 and 9)."""
    nucleus_rim: Literal["auto", "separate", "merged"] = "auto"
    """`merged`: rim pixels belong to the nucleus; `separate`: they get their own code (7 and 9
    levels), or keep what lies beneath (4 levels, as the original's code does); `auto`: separate
    where the table has a code for them (7 and 9 levels), merged where it has none (4 levels)."""
    edge_rims: bool = False
    """Render a rim where a cell or nucleus is cut by the edge of the image."""

    @property
    def n_layers(self) -> int:
        """Layers into which cells are sorted: 0 for 4 levels, 3 for 7, 5 for 9."""
        if isinstance(self.levels, int):
            return n_layers_of(self.levels)
        return max((level.layer + 1 for level in self.levels if level.layer is not None), default=0)

    @property
    def shares_bounds(self) -> bool:
        """Whether the bounds come from a file that serves all images."""
        return self.n_layers > 0 and self.bounds.mode != "per_image"

    @model_validator(mode="after")
    def _custom_table_is_sound(self) -> "ReferenceConfig":
        if isinstance(self.levels, int):
            return self
        problems = []
        for position, level in enumerate(self.levels):
            if level.region == "gap" and position > 0:
                problems.append(f"the gap is code 0, so {level.name!r} must come first")
            if level.layer is not None and level.region != "cytoplasm":
                problems.append(f"{level.name!r} has a layer but is no cytoplasm")
        regions = [(level.region, level.layer) for level in self.levels]
        if len(set(regions)) < len(regions) or len({v.name for v in self.levels}) < len(regions):
            problems.append("two levels have the same name, or the same region and layer")
        layers = {layer for region, layer in regions if region == "cytoplasm"}
        if self.n_layers == 1:
            problems.append("one layer divides nothing; use `layer: null` for all cells")
        if None not in layers and (missing := set(range(self.n_layers)) - layers):
            problems.append(f"no cytoplasm level for layer {sorted(missing)}")
        if problems:
            raise Mistakes([Problem(("levels",), message) for message in problems])
        return self

    @model_validator(mode="after")
    def _bounds_fit_layers(self) -> "ReferenceConfig":
        inner, outer, n_layers = self.bounds.inner, self.bounds.outer, self.n_layers
        if outer is not None and n_layers < 4:
            message = f"needs four layers or more; this table has {n_layers}"
            raise Mistakes([Problem(("bounds", "outer"), message)])
        n_bounds = len(inner or ()) + len(outer or ())
        if inner is not None and n_bounds != n_layers - 1:
            message = (
                f"{n_layers} layers have {max(n_layers - 1, 0)} bounds between them, `inner` and"
                f" `outer` together, not {n_bounds}"
            )
            raise Mistakes([Problem(("bounds",), message)])
        return self


def _kind(block: Any) -> str:
    """Name the section of a raw or typed block: with `column` it is the user's own map."""
    own = "column" in block if isinstance(block, dict) else isinstance(block, OwnMapConfig)
    return (OwnMapConfig if own else ReferenceConfig).__name__


# Tagged with the names of the classes, as pydantic itself names the members of a union.
AnyReference = Annotated[
    Annotated[ReferenceConfig, Tag("ReferenceConfig")]
    | Annotated[OwnMapConfig, Tag("OwnMapConfig")],
    Discriminator(_kind),
]


def unknown_regions(
    references: Mapping[str, ReferenceConfig], segmentations: Mapping[str, SegmentationBase]
) -> list[Problem]:
    """Name each level whose region cannot be made of what the reference's segmentation finds."""
    problems = []
    for name, reference in references.items():
        segmentation = segmentations.get(reference.segmentation)
        if segmentation is None:
            continue
        there = region_names(segmentation.objects)
        levels = enumerate(() if isinstance(reference.levels, int) else reference.levels)
        problems += [
            wrong_name(
                ("references", name, "levels", str(position), "region"),
                f"segmentation {reference.segmentation!r} offers no region {level.region!r}"
                f" (there: {', '.join(there)})",
                level.region,
                there,
            )
            for position, level in levels
            if level.region not in there
        ]
        if isinstance(reference.levels, int) and len(preset_levels(reference.levels, there)) < 2:
            message = (
                f"{reference.levels} levels need nuclei or cells, which segmentation"
                f" {reference.segmentation!r} does not find; write a custom table (regions there:"
                f" {', '.join(there)})"
            )
            problems.append(Problem(("references", name, "levels"), message))
    return problems


def with_levels_there(
    references: Mapping[str, ReferenceConfig],
    segmentations: Mapping[str, SegmentationBase],
    notices: list[str],
) -> dict[str, ReferenceConfig]:
    """Return label maps of 4, 7 or 9 levels without those of objects that nobody looks for.

    Cells without nuclei, and nuclei without cells, make valid label maps. What is left out is
    added to `notices`.
    """
    resolved = {}
    for name, reference in references.items():
        levels, segmentation = reference.levels, segmentations[reference.segmentation]
        if isinstance(levels, int):
            there = region_names(segmentation.objects)
            kept, whole = preset_levels(levels, there), preset_levels(levels)
            if len(kept) < len(whole):
                absent = ", ".join(level.name for level in whole if level not in kept)
                notices.append(
                    f"references.{name}: without {absent}, since segmentation"
                    f" {reference.segmentation!r} finds {', '.join(segmentation.found)} only"
                )
                reference = reference.model_copy(update={"levels": kept})
        resolved[name] = reference
    return resolved
