"""Config of fluorescent spots in objects: how many, where, how bright, through what optics."""

from typing import Any, Literal

from pydantic import model_validator

from cytoforge.config.base import Name, Section, later, number
from cytoforge.config.images import ChannelName
from cytoforge.config.problem import mistake

CYTOPLASM = "cytoplasm"
"""Cells without their nuclei, as a place for spots."""

_MOST = 1_000_000


class ClusterConfig(Section):
    """Clusters of spots (`placement: clusters`).

    A spot lies at centre + reach · U(0, 1) · N(0, 1): dense in the middle, with far outliers, as in
    the original's tool, and drawn again where it would leave its object.
    """

    per_object: int = number(1, ge=1, le=1000, why="no object holds more")
    """Clusters per object, their centres anywhere in it."""
    reach: float = number(0.25, gt=0, le=10, why="a cluster lies inside its object")
    """Largest standard deviation of a cluster, in diameters of its object; over all its spots it is
    that divided by √3."""
    shape: Literal["round", "stretched", "by_object"] = "by_object"
    """`stretched`: 5.2 times as long as wide, along the object's own axis; `by_object`: so in
    objects more than 1.5 times as long as wide, round in all others."""
    dimmer_outwards: float = number(0.0, ge=0, le=1, why="no spot has fewer than no photons")
    """Part of its photons that a spot loses towards the reach of its cluster, and keeps lost beyond
    it (the original: 55 of 255 grey values)."""


# The original's tool put 210 points into five clusters per image, four round and one stretched,
# 22 % dimmer towards their reach, and drew them as disks of radius 1 (image) and 3 (mask). Objects
# without bounds, points off the canvas and values beyond 8 bits are left behind.
PRESETS: dict[str, dict[str, Any]] = {
    "cellgen": {
        "placement": "clusters",
        "clusters": {
            "per_object": 1,
            "reach": 0.25,
            "shape": "by_object",
            "dimmer_outwards": 0.2157,
        },
        "most_objects": 5,
        "counts": "fixed",
        "per_object": 42,
        "photons_cv": 0.0,
        "sigma_px": 1.0,
        "mask_radius_px": 3.0,
    }
}


class SpotsConfig(Section):
    """Spots with known places in objects of known shape, and their images as a camera sees them."""

    preset: Literal["cellgen"] | None = None
    """`cellgen`: five clusters of 42 spots per image, as the original's tool, but inside objects;
    what is set beside it wins. Null: the defaults below."""
    objects: Name = "cells"
    """Objects that the spots lie in: a name in the segmentation (`nuclei`, `cells`), or
    `cytoplasm`, cells without their nuclei."""
    segmentation: Name | None = None
    """With `maps: real`: the segmentation whose objects they are. Null: the only one there is."""
    channel: ChannelName = "spots"
    """Name of the channel of the spots."""
    share: float = number(1.0, gt=0, le=1, why="it is a fraction of the objects")
    """Part of the objects that have spots, chosen at random."""
    most_objects: int | None = number(None, ge=1, le=_MOST, why="no image holds more")
    """At most so many objects per image have spots. Null: no limit."""
    counts: Literal["poisson", "negative_binomial", "fixed"] = "poisson"
    """Distribution of the number of spots per object. `negative_binomial`: as of genes that are
    read in bursts; its variance is mean + mean² / `dispersion`."""
    per_object: float = number(12.0, ge=0, le=100_000, why="spots would cover one another")
    """Mean number of spots per object that has any."""
    dispersion: float = number(2.0, gt=0, le=1000, why="above, it is a Poisson distribution")
    """Of `negative_binomial`: the smaller, the more unequal are the objects."""
    placement: Literal["uniform", "clusters", "near_nucleus"] = "uniform"
    """Where in its object a spot lies: anywhere, in clusters, or near the nucleus."""
    clusters: ClusterConfig = ClusterConfig()
    """Clusters (`placement: clusters`)."""
    nucleus_reach: float = number(0.3, gt=0, le=100, why="no cell is so wide")
    """`near_nucleus`: the density falls by e within so many nucleus diameters of the nucleus."""
    photons: float = number(400.0, gt=0, le=1e7, why="no camera holds more")
    """Mean number of photons detected of a spot; log-normal."""
    photons_cv: float = number(0.3, ge=0, le=5, why="nearly all spots would be invisible")
    """Coefficient of variation of the photons; 0: all spots are equally bright."""
    na: float = number(1.4, gt=0, le=1.7, why="no objective has more")
    """Numerical aperture. A spot is a Gaussian of σ = 0.21 λ / NA, integrated over each pixel."""
    wavelength_nm: float = number(580.0, ge=300, le=2000, why="it is of light")
    """Wavelength of the emitted light in nm."""
    refractive_index: float = number(1.515, ge=1, le=2, why="it is of air to oil")
    """Refractive index of the immersion; decides how fast spots blur out of focus."""
    sigma_px: float | None = number(None, gt=0, le=50, why="it would be no spot")
    """σ of a spot in px, instead of NA, wavelength and pixel size."""
    depth_um: float = number(0.0, ge=0, le=1000, why="no cell is so thick")
    """Spots lie at most half of this above or below the focus, and are wider and dimmer there.
    Needs the size of a pixel."""
    background: float = number(20.0, ge=0, le=1e6, why="no camera holds more")
    """Photons per pixel that are of no spot: everywhere, or on average within the objects."""
    background_form: Literal["cell", "flat"] = "cell"
    """`cell`: light from within the objects, domed, unequal between them, a fifth of it outside;
    `flat`: the same everywhere, on which detectors look better than they are."""
    read_noise: float = number(2.0, ge=0, le=1000, why="no camera has more")
    """Standard deviation of the camera's noise, in photons."""
    gain: float = number(1.0, gt=0, le=1e4, why="a photon would fill a pixel")
    """Grey values per photon."""
    pedestal: float = number(100.0, ge=0, le=60_000, why="nothing would fit above it")
    """Grey value without light."""
    bits: Literal[8, 16] = 16
    """Bits of a grey value; larger values stay at the highest."""
    mask_radius_px: float = number(3.0, ge=0.5, le=50, why="it is a spot's radius in its mask")
    """Radius of a spot in the label map that is written beside the image."""
    reference: Name | None = later(None)
    """Reference whose codes the label map of spots has, so that a model trained with it can make
    images of it (`images_by`): one with a level of region `spots` (`method: spots`), or own classes
    of which the second is the spot. Null: 0 and, in spots, 1."""

    @model_validator(mode="before")
    @classmethod
    def _preset_first(cls, raw: Any) -> Any:
        """Put a preset's settings below those that are given."""
        named = raw.get("preset") if isinstance(raw, dict) else None
        if not isinstance(named, str) or named not in PRESETS:
            return raw
        preset = dict(PRESETS[named])
        clusters = raw.get("clusters")
        if isinstance(clusters, dict):
            raw = {**raw, "clusters": {**preset["clusters"], **clusters}}
        if {"na", "wavelength_nm"} & raw.keys():
            del preset["sigma_px"]  # optics that are given win
        return {**preset, **raw}

    @model_validator(mode="after")
    def _goes_together(self) -> "SpotsConfig":
        if self.placement == "near_nucleus" and self.objects == "nuclei":
            message = "`placement: near_nucleus` is for spots in `cells` or `cytoplasm`"
            raise mistake(message, "placement")
        if self.counts == "fixed" and self.per_object != round(self.per_object):
            message = f"`counts: fixed` needs a whole `per_object`, not {self.per_object:g}"
            raise mistake(message, "per_object")
        if self.gain * self.background + self.pedestal >= self.most_grey:
            raise mistake(
                f"`pedestal` and `gain` × `background` fill {self.bits} bits without any spot;"
                " lower them, or set `bits: 16`",
                "pedestal",
            )
        return self

    @property
    def planes(self) -> tuple[str, ...]:
        """The objects of a segmentation that are needed."""
        inner = ("cells", "nuclei")
        if self.objects == CYTOPLASM:
            return inner
        near = self.placement == "near_nucleus"
        return tuple(dict.fromkeys((self.objects, *(("nuclei",) if near else ()))))

    @property
    def most_grey(self) -> int:
        """The highest grey value."""
        return int(2**self.bits - 1)
