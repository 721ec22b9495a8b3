"""A picture that is not what the method is for: of fluorescence, unstained cells or tissue."""

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.images.modality import FLUORESCENCE, PHASE, guess_modality, transmitted_light
from cytoforge.images.raw import RGB
from cytoforge.segmentation.channels import nuclei_channel
from cytoforge.segmentation.checks.result import CheckResult, skipped
from cytoforge.segmentation.checks.subject import is_turned
from cytoforge.segmentation.segmentation import Segmentation

NAME = "a picture for this method"
# Of `transmitted_light`: 0.94 at most on 53 grey images of dsb2018, kc167 and human_ht29, 1.02 and
# more on wound_healing, scratch_series and phase_t98g. A method for transmitted light is only
# doubted where it is clearly none.
MOST, LEAST = 0.98, 0.6
_METHODS = {FLUORESCENCE: "watershed", PHASE: "phase"}


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask whether the picture is of the kind that the method was made for, by its grey values."""
    dark = config.method == "watershed"
    said = f"at most {MOST:g}" if dark else f"at least {LEAST:g}"
    if why := _not_asked(image, config):
        return skipped(NAME, said, why)
    light = transmitted_light(image.pixels, image.channels)
    kind = guess_modality(image.pixels, image.channels).modality
    other = _METHODS.get(kind, "stain")
    # Tissue and unstained cells have one light: colours tell which it is.
    in_doubt = "watershed" in (config.method, other)
    if config.method == other or (in_doubt and (light <= MOST if dark else light >= LEAST)):
        return CheckResult(NAME, True, light, said, "it looks like what the method is for")
    channels = "" if other != "stain" else " and `images.channels: [red, green, blue]`"
    advice = f"use `method: {other}`{channels}"
    return CheckResult(NAME, False, light, said, f"this looks like {kind}", advice)


def _not_asked(image: Image, config: SegmentationBase) -> str:
    if config.method not in ("watershed", "phase", "stain"):
        return f"`method: {config.method}` is for any"
    if len(image.channels) > 1 and image.channels != RGB:
        return "several channels are fluorescence"
    if config.method != "watershed":
        return ""
    named = nuclei_channel(image, config)
    if named not in image.channels or is_turned(image, config):
        return "a channel that was turned or derived shows nuclei"
    return ""
