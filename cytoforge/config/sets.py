"""Config of the image sets that are made: images of label maps, label maps of images, unions."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cytoforge.config.base import Name, Once, Section, later, number
from cytoforge.config.models import SynthesisConfig

REAL = "real"
"""Name of the set of samples.tsv."""


class SetConfig(Section):
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

    @model_validator(mode="after")
    def _one_kind(self) -> "SetConfig":
        made_by = (self.images_by, self.labels_by, self.translated_by, self.union)
        if sum(map(bool, made_by)) > 1:
            raise ValueError(
                "a set is made by one of `images_by`, `labels_by`, `translated_by` and `union`"
            )
        if self.images_by and self.maps is None:
            raise ValueError("`images_by` needs `maps`: `real`, the name of a set, or a folder")
        if not (any(made_by) or self.maps):
            raise ValueError(
                "a set needs `images_by`, `labels_by`, `translated_by`, `union`, or a folder of"
                " `maps`"
            )
        there = (self.translated_by, self.from_domain, self.to_domain)
        if any(there) and not all(there):
            raise ValueError("`translated_by`, `from` and `to` go together, e.g. from: ihc, to: he")
        for key in ("samples", "resample"):
            if not self.images_by and getattr(self, key) != type(self).model_fields[key].default:
                raise ValueError(f"`{key}` is for sets with `images_by`")
        return self

    @property
    def model(self) -> str | None:
        """The model that makes the set."""
        return self.images_by or self.labels_by or self.translated_by

    @property
    def has_images(self) -> bool:
        """Whether images are made, and not label maps alone."""
        return bool(self.images_by or self.translated_by)
