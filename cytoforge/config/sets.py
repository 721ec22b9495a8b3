"""Config of the image sets that are made: images of label maps, label maps of images or drawn from
nothing, unions."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from cytoforge.config.base import LARGEST, Name, Once, Section, later, number
from cytoforge.config.images import ChannelName
from cytoforge.config.map_sources import MOST_MAPS, is_map_source, seeds_in
from cytoforge.config.models import SynthesisConfig
from cytoforge.config.problem import Mistakes, Problem, mistake
from cytoforge.config.spots import SpotsConfig

Seed = Annotated[int, Field(ge=0, lt=LARGEST)]
Side = Annotated[int, Field(ge=16, le=8192)]
REAL = "real"
"""Name of the set of samples.tsv."""


class SetConfig(Section):
    maps_by: Name | None = later(None)
    """What draws label maps from nothing: a source, `shapes` (outlines, layout and layers as
    learned from the training cells; needs no GPU) or `perturbed` (real training maps, changed: the
    control), or a model of task `noise_to_labels`."""
    like: Name | None = later(None)
    """With `maps_by`: the data set whose reference the maps have the codes of, and whose training
    regions a source learns from. Null: the data set of the model."""
    count: int | None = later(
        None,
        ge=1,
        le=MOST_MAPS,
        json_schema_extra={"why": "each is an image of its own"},
    )
    """How many maps are drawn: those of the seeds 1, 2, …"""
    seeds: str | Annotated[tuple[Seed, ...], Once] | None = later(
        None, json_schema_extra={"why": "no set has as many maps"}
    )
    """Instead of `count`: the seeds of the maps, one each: `1-100`, or a list. A seed always gives
    the same map, whatever else is drawn."""
    size_px: tuple[Side, Side] | None = later(
        None,
        json_schema_extra={"why": "smaller maps hold no cell; larger ones do not fit into memory"},
    )
    """Height and width of the maps drawn. Null: 512 and 512; of a model, that of its tiles."""
    truncation: float | None = later(
        None,
        ge=0,
        le=1,
        json_schema_extra={"why": "beyond 1 a model has seen nothing"},
    )
    """Of a model: how far latent vectors keep from their mean, 1 as they are, 0 all equal: less
    variety, fewer failures. Null: 1."""
    source: dict[str, Any] = later({})
    """Settings of the source named by `maps_by`, e.g. `{gap: strip}` of `shapes`."""
    images_by: Name | None = None
    """Model that generates an image of each label map of `maps`."""
    labels_by: Name | None = None
    """Model that predicts a label map of each image of `images`."""
    maps: str | None = None
    """Label maps to generate images of: `real` (those of samples.tsv), the name of another set, or
    a folder of the user's own or edited maps (TIFF or PNG with the reference's codes, or label
    volumes as NIfTI, each slice of which is a map, and of which volumes are made). A map named
    like an image takes its pixel size; grey ranges are always those of the training images."""
    translated_by: Name | None = later(None)
    """Model that translates the images of `images` into the other of its data set's domains."""
    from_domain: Name | None = later(None, alias="from")
    """Domain whose images are translated: a name in the `domains` of the model's data set."""
    to_domain: Name | None = later(None, alias="to")
    """The other domain. A model that translates one way only (`cut`) goes from the first to the
    second."""
    images: str = REAL
    """Images to predict label maps of, or to translate: `real` or the name of a set with images."""
    union: Annotated[tuple[Name, ...], Once] = ()
    """Sets (`real` among them) whose images are taken together."""
    spots: SpotsConfig | None = later(None)
    """Draw fluorescent spots in the objects of `maps` (a set, or `real`); their places are kept."""
    sum: Annotated[tuple[Name, ...], Once] = later(())
    """Two sets of images of the same maps, added: `[cells, spots]`. Channels of the same name are
    added and stay within the first set's type, others stand beside them; label maps are those of
    the first, and the coordinates of spots stay known."""
    into: dict[ChannelName, ChannelName] = later({})
    """Of `sum`: channels of the second set that are added to channels of the first of other names,
    e.g. `{spots: actin}`."""
    detections: dict[Name, str] = later({})
    """Of sets with spots: what other programs found in their images, scored beside the Laplacian
    of a Gaussian: a folder per program, with a table `{image}.csv` per image (columns x and y in
    px)."""
    split: Literal["all", "train", "val", "test"] = "all"
    """Of `real`: only the images that have a region of this split."""
    samples: int = number(1, ge=1, le=10_000, why="each is an image of its own")
    """Images per label map; more than one needs a model with noise (`oasis`), grain
    (`grain_channels`), appearance features (`pix2pixhd` with `feature_encoder`) or `dropout:
    seeded`. The first keeps the map's name; further ones end in `_s1`, `_s2`, … (`_ss1` where a
    map's own name ends so)."""
    resample: Literal["all"] | Annotated[tuple[Name, ...], Field(min_length=1), Once] = "all"
    """What further samples resample: `all`, or names of codes, whose pixels get new noise,
    grain and appearance features while all else keeps those of the first sample."""
    synthesis: SynthesisConfig | None = None
    """How the model is run. Null: as `models.<name>.synthesis` says."""

    @field_validator("seeds")
    @classmethod
    def _each_seed_once(cls, value: str | tuple[int, ...] | None) -> str | tuple[int, ...] | None:
        if value is not None:
            seeds_in(value)
        return value

    @model_validator(mode="after")
    def _drawn(self) -> "SetConfig":
        """Name keys of sets with `maps_by` that others have, and those that it lacks."""
        if not self.maps_by:
            keys = ("like", "count", "seeds", "size_px", "truncation", "source")
            if given := [key for key in keys if getattr(self, key)]:
                raise mistake(f"`{given[0]}` is for sets with `maps_by`", given[0])
            return self
        if (self.count is None) == (self.seeds is None):
            raise mistake("`maps_by` needs either `count` or `seeds`, e.g. count: 8", "seeds")
        if self.maps:
            raise mistake("a set is made by one of `maps_by` and `maps`", "maps")
        if is_map_source(self.maps_by):
            if self.like is None:
                message = f"`maps_by: {self.maps_by}` needs `like`: the name of a data set"
                raise mistake(message, "like")
            if self.truncation is not None:
                raise mistake("`truncation` is for models", "truncation")
        elif self.source:
            raise mistake("`source` is for the sources of maps, not for models", "source")
        return self

    @model_validator(mode="after")
    def _one_kind(self) -> "SetConfig":
        made_by = (
            *(self.maps_by, self.images_by, self.labels_by, self.translated_by, self.union),
            *(self.spots, self.sum),
        )
        if len([one for one in made_by if one]) > 1:
            raise ValueError(
                "a set is made by one of `maps_by`, `images_by`, `labels_by`, `translated_by`,"
                " `union`, `spots` and `sum`"
            )
        if self.images_by and self.maps is None:
            message = "`images_by` needs `maps`: `real`, the name of a set, or a folder"
            raise mistake(message, "maps")
        if not (any(made_by) or self.maps):
            raise ValueError(
                "a set needs `maps_by`, `images_by`, `labels_by`, `translated_by`, `union`,"
                " `spots`, `sum`, or a folder of `maps`"
            )
        if problems := list(self._of_spots()):
            raise Mistakes(problems)
        ends = {"from": self.from_domain, "to": self.to_domain, "translated_by": self.translated_by}
        given = [key for key, name in ends.items() if name]
        if given and len(given) < len(ends):
            message = "`translated_by`, `from` and `to` go together, e.g. from: ihc, to: he"
            raise mistake(message, given[0])
        for key in ("samples", "resample"):
            if not self.images_by and getattr(self, key) != type(self).model_fields[key].default:
                raise mistake(f"`{key}` is for sets with `images_by`", key)
        return self

    def _of_spots(self) -> Iterator[Problem]:
        if self.spots and self.maps is None:
            message = "`spots` needs `maps`: `real`, or the name of a set with objects"
            yield Problem(("maps",), message, shown="")
        if self.sum and len(self.sum) != 2:
            yield Problem(("sum",), f"`sum` takes two sets, not {len(self.sum)}", shown="")
        if self.into and not self.sum:
            yield Problem(("into",), "`into` is for sets with `sum`", shown="")
        if self.detections and not (self.spots or self.sum or self.images_by):
            message = "`detections` is for sets of images with spots"
            yield Problem(("detections",), message, shown="")

    @property
    def map_source(self) -> str | None:
        """The source that draws the set's label maps, where no model does."""
        return self.maps_by if self.maps_by and is_map_source(self.maps_by) else None

    @property
    def drawn_seeds(self) -> tuple[int, ...]:
        """The seeds of the label maps that are drawn, in their order; none of other sets."""
        if self.maps_by is None:
            return ()
        return tuple(range(1, (self.count or 0) + 1)) if self.count else seeds_in(self.seeds or ())

    @property
    def model(self) -> str | None:
        """The model that makes the set."""
        drawn_by = None if self.map_source else self.maps_by
        return drawn_by or self.images_by or self.labels_by or self.translated_by

    @property
    def is_made(self) -> bool:
        """Whether files of the set are made, and it is no union or folder of the user's."""
        return bool(self.model or self.map_source or self.spots or self.sum)

    @property
    def has_images(self) -> bool:
        """Whether images are made, and not label maps alone."""
        return bool(self.images_by or self.translated_by or self.spots or self.sum)
