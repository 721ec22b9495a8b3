"""Config of the segmentation stage."""

from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from cytoforge.config.base import Section, number
from cytoforge.config.objects import CELLS_AND_NUCLEI, GAP, ObjectType, usual_type
from cytoforge.jobs.by_name import load, names_in

DEFAULT = "watershed"


class GapConfig(Section):
    """The cell-free gap (wound) of a scratch assay.

    Radii given as `*_cells` are multiples of the cell diameter; one given as `*_px` overrules it.
    """

    enabled: bool = False
    """Whether the cell-free gap is looked for. Off unless asked: a plate without a scratch has
    free ground too."""
    method: Literal["region", "texture", "original"] = "region"
    """`region`: cell-free ground that is somewhere wider than twice `erode`, followed back to the
    cells; `texture`: where the image is smooth, which needs no cells to be found; `original`:
    erode, dilate and erode the cell-free ground by disks, as published."""
    erode_cells: float = number(
        0.8, ge=0, le=100, why="no field of view holds a gap of that many cells"
    )
    """Gaps nowhere wider than twice this vanish; 0.8 keeps gaps of two cell widths (original: 2,
    60 px for 31 px cells). Method `texture` knows no cells: it takes `erode_px`, or else a
    twenty-fifth of the image's shorter side."""
    dilate_cells: float = number(
        4.5, ge=0, le=100, why="no field of view holds a gap of that many cells"
    )
    """Method `original`: dilation after it (140 px)."""
    erode_again_cells: float = number(
        1.6, ge=0, le=100, why="no field of view holds a gap of that many cells"
    )
    """Method `original`: second erosion, giving the `middle` gap (50 px)."""
    erode_px: float | None = number(None, ge=0, le=10_000, why="it is a radius within an image")
    """`erode_cells` in pixels."""
    dilate_px: float | None = number(None, ge=0, le=10_000, why="it is a radius within an image")
    """`dilate_cells` in pixels."""
    erode_again_px: float | None = number(
        None, ge=0, le=10_000, why="it is a radius within an image"
    )
    """`erode_again_cells` in pixels."""
    floating_cells: Literal["cut_out", "filled"] = "cut_out"
    """Cells floating inside the gap: `cut_out` leaves them as cells, `filled` makes them gap."""

    @property
    def needs_cells(self) -> bool:
        """Whether the gap is what found cells leave free."""
        return self.method != "texture"


class SegmentationBase(Section):
    """What all methods have in common; the rest of a method's section stands in its own
    `config.py`."""

    method: str
    """Name of a folder of cytoforge/segmentation/methods, or of `segmentation` of the plugins."""
    nuclei_channel: str | None = None
    """Channel in which nuclei are bright: one of `images.channels`, or one derived from them for
    segmentation only: `haematoxylin`, `eosin`, `dab` and `grey` of red, green, blue; `inverted` (of
    the only or first channel; `inverted_red` of another); `maximum` of all. Null: the first
    channel."""
    cytoplasm_channel: str | None = None
    """Channel that shows whole cells, of the same names. Null: the last channel, or that of nuclei
    where it is a derived one."""
    nucleus_diameter_px: float | None = number(
        None,
        gt=2,
        le=2000,
        why="smaller ones are noise; smoothing windows of larger ones fill the memory",
    )
    """Typical nucleus diameter. Null: estimated from each image."""
    cell_diameter_px: float | None = number(
        None,
        gt=2,
        le=4000,
        why="smaller ones are noise; smoothing windows of larger ones fill the memory",
    )
    """Typical cell diameter. Null: 1.8 times the nucleus diameter."""
    gap: GapConfig = GapConfig()
    """The cell-free gap."""

    @property
    def found(self) -> dict[str, ObjectType]:
        """What the method itself finds, by name, in the order of the planes."""
        return CELLS_AND_NUCLEI

    @property
    def learns_from_pixels(self) -> bool:
        """Whether what it finds depends on grey values: then strips are segmented one by one."""
        return True

    @property
    def estimates_diameters(self) -> bool:
        """Whether a diameter that is not given is estimated from each image."""
        return True

    @property
    def other_ways(self) -> str:
        """What helps where it finds what is not there."""
        return (
            "choose another `method`: what this one seeks is not in the image; `phase` is for cells"
            " without stained nuclei, `stain` for stained sections"
        )

    @property
    def what_helps(self) -> str:
        """What to do where nothing is found; "": look again at channels and diameters."""
        return ""

    @property
    def package(self) -> str | None:
        """The package that the method needs an environment of its own for (envs/<method>.yaml)."""
        return None

    def model_files(self) -> dict[str, Path]:
        """Return the files of networks that the method reads, by config key, found before any job.

        Raises UserError where one is absent.
        """
        return {}

    @property
    def objects(self) -> dict[str, ObjectType]:
        """All objects that the segmentation will hold: the method's, and the gap between them."""
        found = self.found
        between = any(described.kind == "instances" for described in found.values())
        has_gap = self.gap.enabled and (between or not self.gap.needs_cells)
        return {**found, GAP: usual_type(GAP)} if has_gap else found


def method_names() -> tuple[str, ...]:
    """Return the names of all segmentation methods, sorted, the default first."""
    return tuple(sorted(names_in("segmentation", "config"), key=lambda name: name != DEFAULT))


def is_path(model: str) -> bool:
    """Return whether `model` of a segmentation is a folder, and no block of `models`.

    >>> is_path("weights/hovernet"), is_path("hovernet")
    (True, False)
    """
    return "/" in model


def method_config(name: str) -> type[SegmentationBase]:
    """Return the section of a method of `method_names`."""
    return cast(type[SegmentationBase], load("segmentation", name, "config").CONFIG)


class ByMethod:
    """Makes a field hold the section of the method that is named in it, of all there are."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        choices = {name: handler.generate_schema(method_config(name)) for name in method_names()}
        return core_schema.tagged_union_schema(choices, discriminator=_method)


def _method(section: Any) -> str:
    """Name the method of a raw or typed section; watershed where none is given."""
    given = section.get("method") if isinstance(section, dict) else getattr(section, "method", None)
    return DEFAULT if given is None else str(given)


SegmentationConfig = Annotated[SegmentationBase, ByMethod()]


def parse_segmentation(settings: dict[str, Any]) -> SegmentationBase:
    """Return the section of the method that `settings` names."""
    section: SegmentationBase = TypeAdapter(SegmentationConfig).validate_python(settings)
    return section
