# How much memory and time a job asks for.
from functools import lru_cache

from cytoforge.images.header_size import header_size


def grows(amount, per_megapixel=0):
    """Return a resource that a job is given more of each time it is sent again.

    A job that ran out of memory or time has what it needs at its second or third attempt. A large
    image has `per_megapixel` at its first: of the job's image, or else of the largest.
    """

    def growing(wildcards, attempt):
        size = megapixels(wildcards.get("image")) if per_megapixel else 0
        return max(amount, round(per_megapixel * size)) * attempt

    return growing


@lru_cache(maxsize=None)
def megapixels(image):
    """Return the size of an image, or of the largest of all for None, as its file's header says."""
    if image not in SAMPLES:
        return max(map(megapixels, SAMPLES), default=0)
    path = next(iter(SAMPLES[image].files.values()))
    height, width = header_size(path) or (0, 0)
    return height * width / 1e6
