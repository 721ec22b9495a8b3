"""What a translation is scored from: photographs of source and target, and the nuclei in them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cytoforge.metrics.translation.macenko import macenko, stain_basis
from cytoforge.metrics.translation.reinhard import colour_statistics, reinhard
from cytoforge.metrics.translation.translation_metrics import (
    MACENKO,
    MODEL,
    REINHARD,
    UNTRANSLATED,
)

Found = tuple[np.ndarray, np.ndarray | None]
"""Instance labels (Y, X), 0 is background, and the confidence of each in the order of the ids (n,),
None of a segmenter that has none."""
Finder = Callable[[np.ndarray], Found]
"""A segmenter of photographs, uint8 (Y, X, 3)."""


@dataclass(frozen=True)
class Photo:
    """One field of view in red, green and blue.

    Attributes
    ----------
    name : of the image; unit : what was drawn independently, e.g. the patient
    rgb : uint8 (Y, X, 3)
    nuclei : instance labels (Y, X) by segmenter
    confidence : of each of them in the order of the ids, by segmenter, where it has one
    pixel_size_um : side of a pixel, None where it is not known
    part : rows and columns of the field that it shows, of a partner laid onto it; None: all
    """

    name: str
    unit: str
    rgb: np.ndarray
    nuclei: Mapping[str, np.ndarray] = field(default_factory=dict)
    confidence: Mapping[str, np.ndarray] = field(default_factory=dict)
    pixel_size_um: float | None = None
    part: tuple[slice, slice] | None = None

    def shown_by(self, partner: "Photo") -> "Photo":
        """Return the part of this field that its partner shows."""
        box = partner.part
        if box is None:
            return self
        nuclei = {name: labels[box] for name, labels in self.nuclei.items()}
        return replace(self, rgb=self.rgb[box], nuclei=nuclei, confidence={})


@dataclass(frozen=True)
class Translation:
    """One direction of a translator.

    Attributes
    ----------
    source, made : the same fields in the same order, before and after translation
    target : real fields of the stain that was wanted, of other places
    partners : real fields of the same places in that stain, by name of the source, where paired
    residual_px : what is left between the source and a partner that was laid onto it, by its name
    cycled : the translations translated back, uint8 (Y, X, 3), by name of the source
    truth : points of true nuclei, row and column in px, (n, 2), by name of the source
    second_stain : beside haematoxylin in the target: "eosin", or "dab"
    """

    source: Sequence[Photo]
    made: Sequence[Photo]
    target: Sequence[Photo]
    partners: Mapping[str, Photo] = field(default_factory=dict)
    residual_px: Mapping[str, float] = field(default_factory=dict)
    cycled: Mapping[str, np.ndarray] = field(default_factory=dict)
    truth: Mapping[str, np.ndarray] = field(default_factory=dict)
    second_stain: str = "eosin"

    def __post_init__(self) -> None:
        names = [photo.name for photo in self.source]
        if not names or names != [photo.name for photo in self.made]:
            raise ValueError(
                "expected the same fields before and after translation, in one order, got"
                f" {names} and {[photo.name for photo in self.made]}"
            )
        for before, after in zip(self.source, self.made, strict=True):
            if before.rgb.shape != after.rgb.shape:
                raise ValueError(
                    f"field {before.name} has another size after translation:"
                    f" {before.rgb.shape} and {after.rgb.shape}"
                )

    @property
    def units(self) -> list[str]:
        """The unit of each source field."""
        return [photo.unit for photo in self.source]

    @property
    def segmenters(self) -> list[str]:
        """Names of the segmenters that have looked at every source field and translation."""
        first = self.source[0].nuclei
        both = [*self.source, *self.made]
        return [name for name in first if all(name in photo.nuclei for photo in both)]


def halves(target: Sequence[Photo]) -> tuple[list[Photo], list[Photo]]:
    """Divide the real fields in two sets, the second for real against real.

    Every second unit, in the order of the names; where all are of one unit, every second field,
    which resemble each other more than two units would. Of a single field the second is empty.
    """
    keys = [photo.unit for photo in target]
    if len(set(keys)) < 2:
        keys = [photo.name for photo in target]
    other = set(sorted(set(keys))[1::2])
    first = [photo for photo, key in zip(target, keys, strict=True) if key not in other]
    return first, [photo for photo, key in zip(target, keys, strict=True) if key in other]


def series_of(
    translation: Translation, reference: Sequence[Photo], finders: Mapping[str, Finder]
) -> dict[str, list[Photo]]:
    """Return the fields of every series in the order of the source: model, and three baselines.

    Parameters
    ----------
    reference : real fields that Reinhard and Macenko take their colours from
    finders : segmenters that the recoloured fields are given to, by name; without them only what
        was already segmented has nuclei
    """
    colours = colour_statistics(photo.rgb for photo in reference)
    stains = stain_basis([photo.rgb for photo in reference], translation.second_stain)
    recoloured: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        REINHARD: lambda rgb: reinhard(rgb, colours),
        MACENKO: lambda rgb: macenko(rgb, stains, translation.second_stain),
    }
    found = {MODEL: list(translation.made), UNTRANSLATED: list(translation.source)}
    for name, change in recoloured.items():
        found[name] = [_changed(photo, change(photo.rgb), finders) for photo in translation.source]
    return found


def _changed(photo: Photo, rgb: np.ndarray, finders: Mapping[str, Finder]) -> Photo:
    found = {name: finder(rgb) for name, finder in finders.items()}
    sure = {name: values for name, (_, values) in found.items() if values is not None}
    nuclei = {name: labels for name, (labels, _) in found.items()}
    return replace(photo, rgb=rgb, nuclei=nuclei, confidence=sure)
